package control_test

import (
	"strings"
	"testing"

	"github.com/signalman-trading/signalman/live/control"
	"github.com/signalman-trading/signalman/market"
)

// TestTokenStaysHere: no address is asked to which the token would cross the network.
func TestTokenStaysHere(t *testing.T) {
	for address, want := range map[string]string{
		"127.0.0.1:8640":      "",
		"localhost:8640":      "",
		"[::1]:8640":          "",
		"10.0.0.1:8640":       "SSH tunnel",
		"server:8640":         "'ssh -N -L 8640:127.0.0.1:8640 USER@HOST'",
		":8640":               "SSH tunnel",
		"0.0.0.0:8640":        "SSH tunnel",
		"localhost.evil:8640": "SSH tunnel",
		"127.0.0.1":           "write host and port",
		"127.0.0.1:0":         "write host and port",
		"127.0.0.1:80@evil":   "write host and port", // a URL would have the rest as its host
		"localhost@evil:80":   "SSH tunnel",
		"":                    "write host and port",
	} {
		c, err := control.AddressClient(address, market.NewSecret(token))
		switch {
		case want == "" && (err != nil || c == nil):
			t.Errorf("%s: %v", address, err)
		case want != "" && (err == nil || market.ClassOf(err) != market.Usage || !strings.Contains(err.Error(), want)):
			t.Errorf("%s: %v; want %s", address, err, want)
		}
	}
}
