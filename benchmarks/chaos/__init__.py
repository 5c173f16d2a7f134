"""`python -m benchmarks.chaos`: what a run does to what is published when its sources fail and when it is killed."""
