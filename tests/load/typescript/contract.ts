// What the first consumer of the viewing guide relies on. The compiler holds the exported data against it.
import { starTrekData } from './star-trek-data'

export interface EpisodeConnection {
  episodeId: string
  seriesId?: string
  connectionType: 'character' | 'event' | 'storyline' | 'reference'
  description: string
}

export interface Episode {
  id: string
  title: string
  season: number
  episode: number
  airDate: string
  stardate: string
  synopsis: string
  plotPoints?: string[]
  guestStars?: string[]
  connections?: EpisodeConnection[]
  productionCode?: string
  director?: string[]
  writer?: string[]
  memoryAlphaUrl?: string
  tmdbId?: number
  imdbId?: string
}

export interface StarTrekItem {
  id: string
  title: string
  type: string
  year: string
  stardate: string
  episodes?: number
  notes: string
  episodeData?: Episode[]
}

export interface StarTrekEra {
  id: string
  title: string
  years: string
  stardates: string
  description: string
  items: StarTrekItem[]
}

export const data: StarTrekEra[] = starTrekData
