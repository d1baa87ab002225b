package main
const sampleSize = 50_000
