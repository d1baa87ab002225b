package store

// What external tests need to make files as other programs and accidents would.
var EncodeFormat = encodeFormat
