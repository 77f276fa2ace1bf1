package exchange

import (
	"regexp"
	"testing"

	"github.com/signalman-trading/signalman/market"
)

func TestNames(t *testing.T) {
	n := NewNames([16]byte{1})
	id := market.OrderID{Strategy: "grade", Sequence: 7}
	client := n.Client(id)
	if !regexp.MustCompile(`^[a-z2-7]{32}$`).MatchString(client) {
		t.Fatalf("%q is no client order id", client)
	}
	if got, ok := n.Find(client); !ok || got != id {
		t.Errorf("%s is found as %v, %v", client, got, ok)
	}
	if again := NewNames([16]byte{1}).Client(id); again != client {
		t.Errorf("another process calls it %s, not %s", again, client)
	}
	if other := NewNames([16]byte{2}).Client(id); other == client {
		t.Error("two sessions give one name")
	}
	beyond := NewNames([16]byte{1}).Client(market.OrderID{Strategy: "grade", Sequence: 7 + ahead})
	if got, ok := n.Find(beyond); !ok || got.Sequence != 7+ahead {
		t.Errorf("an order beyond the last one is found as %v, %v", got, ok)
	}
	if _, ok := n.Find("web_1234"); ok {
		t.Error("a foreign order is ours")
	}
}
