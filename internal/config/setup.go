package config

import (
	"crypto/sha256"
	"encoding/json"

	"github.com/signalman-trading/signalman/market"
)

// Hash returns the SHA-256 of how the source is set up, without keys, the list of kinds
// and when it is asked: what it says about a kind follows from that.
func (s *Source) Hash() market.Hash {
	list := []entry{{"type", s.Type}}
	for _, e := range encode(s.Value) {
		if _, names := e.value.([]any); e.key != "kinds" || !names {
			list = append(list, e)
		}
	}
	text, err := json.Marshal(object(list))
	if err != nil {
		panic(err) // only strings, booleans and finite numbers
	}
	return sha256.Sum256(text)
}
