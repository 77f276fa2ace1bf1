package binance

import (
	"log/slog"
	"strings"
	"testing"

	spot "github.com/adshao/go-binance/v2"
)

// TestAKeyOfPlayMoneyNeedsNoAddress: one that trades money is to be restricted to an address.
func TestAKeyOfPlayMoneyNeedsNoAddress(t *testing.T) {
	for play, want := range map[bool]int{true: 0, false: 1} {
		var said strings.Builder
		p := &private{venue: Spot, hosts: hosts{play: play}, log: slog.New(slog.NewTextHandler(&said, nil))}
		if err := p.accept(&spot.APIKeyPermission{EnableReading: true, EnableSpotAndMarginTrading: true}, false); err != nil {
			t.Fatal(err)
		}
		if strings.Count(said.String(), "can be used from anywhere") != want {
			t.Errorf("play %t: %s", play, &said)
		}
	}
}
