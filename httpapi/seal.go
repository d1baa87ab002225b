package httpapi

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
)

// seal hides what tokens are made of, such as a version, which counts the writes of
// everybody: two tokens tell nothing but that they differ. Its key is the handler's own,
// so that a token means nothing to another process.
type seal struct{ aead cipher.AEAD }

func newSeal() *seal {
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails
	block, err := aes.NewCipher(key)
	if err != nil {
		panic(err) // the length is right
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic(err) // an AES block fits
	}
	return &seal{aead}
}

// append appends the sealed form of text, in letters that headers and URLs take.
func (s *seal) append(dst []byte, text string) []byte {
	return base64.RawURLEncoding.AppendEncode(dst, s.aead.Seal(nil, nil, []byte(text), nil))
}

// open returns the text of a token, "" if it is none of this seal's.
func (s *seal) open(token string) string {
	sealed, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		return ""
	}
	text, err := s.aead.Open(nil, nil, sealed, nil)
	if err != nil {
		return ""
	}
	return string(text)
}
