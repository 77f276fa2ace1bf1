package exchangetest_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/exchange"
	"github.com/signalman-trading/signalman/exchange/exchangetest"
	"github.com/signalman-trading/signalman/exchange/paper"
	"github.com/signalman-trading/signalman/exchange/sim"
	"github.com/signalman-trading/signalman/market"
)

// start is when cases begin: the full hour.
var start = market.TimeOf(time.Date(2024, 5, 10, 12, 0, 0, 0, time.UTC))

// session is the id of every journal here.
var session = [16]byte{1, 2, 3}

// simulated is the harness of the simulated venue, behind package paper.
func simulated(perpetual bool) exchangetest.Harness {
	name := "sim spot"
	if perpetual {
		name = "sim perpetual"
	}
	return exchangetest.Harness{Name: name, Perpetual: perpetual, Open: openPaper}
}

func openPaper(t *testing.T, p exchangetest.Plan) *exchangetest.Stage {
	v, err := paper.New(paper.Options{
		Listings: []paper.Listing{{Instrument: p.Instrument, Bars: p.Bars(start), Fundings: p.Fundings(start)}},
		Cash:     map[string]decimal.Decimal{p.Instrument.Quote: p.Cash},
		Start:    start,
		Sim:      sim.Options{},
	})
	if err != nil {
		t.Fatal(err)
	}
	return stagePaper(t, v, p.Instrument)
}

func stagePaper(t *testing.T, v *paper.Venue, in market.Instrument) *exchangetest.Stage {
	names, byHand := exchange.NewNames(session), 0
	return &exchangetest.Stage{
		Market: v, Broker: v.Broker(names), Names: names, Instrument: in, Now: v.Now, Sent: v.Sent,
		Next: func() {
			if err := v.Step(); err != nil {
				t.Error(err)
			}
		},
		Reopen: func() (exchange.Broker, *exchange.Names) {
			names := exchange.NewNames(session)
			return v.Broker(names), names
		},
		Link: func(up bool) {
			if up {
				v.Mend()
			} else {
				v.Cut()
			}
		},
		Relist: func(in market.Instrument) {
			if err := v.Relist(in); err != nil {
				t.Error(err)
			}
		},
		Place: func(o market.Order) string {
			byHand++
			client := "by-hand-" + strconv.Itoa(byHand)
			if err := v.Place(client, in.Symbol, o); err != nil {
				t.Error(err)
			}
			return client
		},
		Remove: func(client string) {
			if err := v.Remove(client); err != nil {
				t.Error(err)
			}
		},
		Pay: v.Deposit,
	}
}
