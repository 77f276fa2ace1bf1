package binance

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/exchange"
	"github.com/signalman-trading/signalman/market"
)

// A book is a venue of one order, which can be amended. What it does with a change is
// done; then it answers, or fails to.
type book struct {
	number                    int
	price, quantity, executed string
	status                    string
	client                    string
	lose                      bool   // the answer
	half, both                string // why a replacement fails
	ignore                    bool   // a change is not done
	changes                   []string
}

func (k *book) row(client string) string {
	return fmt.Sprintf(`{"symbol":"BTCUSDT","orderId":%d,"orderListId":-1,"clientOrderId":%q,"price":%q,"origQty":%q,"executedQty":%q,"status":%q,"timeInForce":"GTC","type":"LIMIT","side":"SELL","transactTime":1709251200123}`, k.number, client, k.price, k.quantity, k.executed, k.status)
}

func (k *book) answers() map[string]any {
	lost := func(w http.ResponseWriter, text string) {
		if k.lose {
			panic(http.ErrAbortHandler)
		}
		_, _ = fmt.Fprint(w, text)
	}
	return map[string]any{
		"/api/v3/order": func(w http.ResponseWriter, _ url.Values) { _, _ = fmt.Fprint(w, k.row(k.client)) },
		"/api/v3/order/amend/keepPriority": func(w http.ResponseWriter, q url.Values) {
			k.changes = append(k.changes, "keep "+q.Get("newQty"))
			if !k.ignore {
				k.quantity = q.Get("newQty")
			}
			lost(w, `{"transactTime":1709251200123,"executionId":7,"amendedOrder":`+k.row(q.Get("newClientOrderId"))+`}`)
		},
		"/api/v3/order/cancelReplace": func(w http.ResponseWriter, q url.Values) {
			k.changes = append(k.changes, fmt.Sprintf("replace %s: %s at %s, %s %s", q.Get("cancelOrderId"), q.Get("quantity"), q.Get("price"), q.Get("cancelReplaceMode"), q.Get("cancelRestrictions")))
			switch {
			case k.both != "":
				w.WriteHeader(400)
				_, _ = fmt.Fprintf(w, `{"code":-2022,"msg":"Order cancel-replace failed.","data":{"cancelResult":"FAILURE","newOrderResult":"NOT_ATTEMPTED","cancelResponse":{"code":-2011,"msg":%q},"newOrderResponse":null}}`, k.both)
			case k.half != "":
				k.status = "CANCELED"
				w.WriteHeader(409)
				_, _ = fmt.Fprintf(w, `{"code":-2021,"msg":"Order cancel-replace partially failed.","data":{"cancelResult":"SUCCESS","newOrderResult":"FAILURE","cancelResponse":%s,"newOrderResponse":{"code":-2010,"msg":%q}}}`, k.row("x"), k.half)
			case k.ignore:
				lost(w, "")
			default:
				k.number++
				k.price, k.quantity, k.status = q.Get("price"), q.Get("quantity"), "NEW"
				lost(w, `{"cancelResult":"SUCCESS","newOrderResult":"SUCCESS","cancelResponse":{},"newOrderResponse":`+k.row(q.Get("newClientOrderId"))+`}`)
			}
		},
	}
}

// TestAmend: an order that only shrinks keeps its place; another one takes the place of
// an order that has not filled; and what became of it is said, however it is answered.
func TestAmend(t *testing.T) {
	for _, test := range []struct {
		name            string
		quantity, price string
		with            func(*book)
		change          string
		state           market.State
		reason          string
		err             string
	}{
		{"smaller", "0.5", "9", func(*book) {}, "keep 0.5", market.Accepted, market.Amended, ""},
		{"the same", "1", "9", func(*book) {}, "", market.Accepted, market.Amended, ""},
		{"larger", "2", "9", func(*book) {}, "replace 5: 2 at 9, STOP_ON_FAILURE ONLY_NEW", market.Accepted, market.Amended, ""},
		{"dearer", "1", "10", func(*book) {}, "replace 5: 1 at 10, STOP_ON_FAILURE ONLY_NEW", market.Accepted, market.Amended, ""},
		{"smaller after a part", "0.5", "9", func(k *book) { k.executed, k.status = "0.2", "PARTIALLY_FILLED" }, "keep 0.5", market.Partial, market.Amended, ""},
		{"dearer after a part", "1", "10", func(k *book) { k.executed, k.status = "0.2", "PARTIALLY_FILLED" }, "", 0, "", "part of it has filled"},
		{"ended", "1", "10", func(k *book) { k.executed, k.status = "1", "FILLED" }, "", 0, "", "it is filled"},
		{"both refused", "1", "10", func(k *book) { k.both = "Order was not canceled due to cancel restrictions." }, "replace 5: 1 at 10, STOP_ON_FAILURE ONLY_NEW", 0, "", "cancel restrictions"},
		{"half", "1", "10", func(k *book) { k.half = "Order would immediately match and take." }, "replace 5: 1 at 10, STOP_ON_FAILURE ONLY_NEW", market.Cancelled, "it was cancelled to be amended, and the venue refused what it was to be: Order would immediately match and take.", ""},
		{"smaller, lost", "0.5", "9", func(k *book) { k.lose = true }, "keep 0.5", market.Accepted, market.Amended, ""},
		{"dearer, lost", "1", "10", func(k *book) { k.lose = true }, "replace 5: 1 at 10, STOP_ON_FAILURE ONLY_NEW", market.Accepted, market.Amended, ""},
		{"not taken, lost", "1", "10", func(k *book) { k.lose, k.ignore = true, true }, "replace 5: 1 at 10, STOP_ON_FAILURE ONLY_NEW", 0, "", "the venue did not take the change"},
	} {
		t.Run(test.name, func(t *testing.T) {
			v := newDeskVenue(t)
			k := &book{number: 5, price: "9", quantity: "1", executed: "0", status: "NEW", client: exchange.NewNames([16]byte{1}).Client(id(1))}
			test.with(k)
			b := v.spot(k.answers())
			slept := time.Duration(0)
			now := b.public.o.Now
			b.sleep = func(_ context.Context, d time.Duration) error { slept += d; return nil }
			b.public.o.Now = func() time.Time { return now().Add(slept) }
			u, err := b.Amend(t.Context(), bitcoin, market.Order{ID: id(1), Side: market.Sell, Type: market.Limit, Quantity: decimal.RequireFromString(test.quantity), Price: decimal.RequireFromString(test.price)})
			if (err == nil) != (test.err == "") || err != nil && (!strings.Contains(err.Error(), test.err) || !errors.Is(err, exchange.ErrRejected)) {
				t.Errorf("%v, want %q", err, test.err)
			}
			var f *exchange.Fault
			if errors.As(err, &f) && f.Reason != market.AmendRejected {
				t.Errorf("reason %q", f.Reason)
			}
			if got := strings.Join(k.changes, "; "); got != test.change {
				t.Errorf("%s, want %s", got, test.change)
			}
			if u.State != test.state || u.Reason != test.reason {
				t.Errorf("%s %q", u.State, u.Reason)
			}
		})
	}
}

// TestReplacedOrderLivesOn: the end of what an order was is not its end, and events of what
// it is now count.
func TestReplacedOrderLivesOn(t *testing.T) {
	track := newTracker(exchange.NewNames([16]byte{1}))
	client := track.names.Client(id(1))
	r := func(number int64, state market.State, filled string) report {
		return report{symbol: "BTCUSDT", client: client, id: number, state: state, filled: dec(filled)}
	}
	track.answer(r(5, market.Accepted, "0"))
	track.leave(r(5, market.Accepted, "0"))
	if e, news := track.event(r(5, market.Cancelled, "0")); news {
		t.Errorf("%+v", e.Update)
	}
	if u := track.answer(r(5, market.Cancelled, "0")); u.State != market.Accepted {
		t.Errorf("%+v", u)
	}
	if e, news := track.event(r(6, market.Filled, "1")); !news || e.Update.State != market.Filled {
		t.Errorf("%+v", e.Update)
	}
	track = newTracker(track.names)
	track.leave(r(5, market.Accepted, "0"))
	track.stay(r(5, market.Accepted, "0"))
	if e, news := track.event(r(5, market.Cancelled, "0")); !news || e.Update.State != market.Cancelled {
		t.Errorf("%+v", e.Update)
	}
}
