package live_test

import (
	"fmt"
	"time"

	"github.com/signalman-trading/signalman/exchange/venue"
)

// targets are what faults of a group hit, beside all that they can.
var targets = map[string][]string{
	venue.FaultsBefore: {"TRADE", "TRADE", "order.place", "order.cancel", "order.status", "GET *", "*klines*", "*time*", "GET */myTrades", "GET */userTrades", "*orderList*", "*algo*", "POST *", "DELETE *", "PUT *", ""},
	venue.FaultsAfter:  {"TRADE", "order.place", "order.cancel", "*orderList*", "*algo*", "POST *", "DELETE *", "PUT *"},
	venue.FaultsFrames: {"*@kline_*", "*.closed", "executionReport", "executionReport.TRADE", "executionReport.CANCELED", "ORDER_TRADE_UPDATE*", "ORDER_TRADE_UPDATE.TRADE", "ALGO_UPDATE*", "ACCOUNT_UPDATE*", "listStatus*", "outboundAccountPosition*", ""},
	venue.FaultsActs:   {"", "BTCUSDT", "ETHUSDT"},
}

// draw draws the faults of the day: several of each kind that there is.
func (d *day) draw() {
	for _, k := range venue.FaultKinds() {
		for range 2 + d.r.IntN(2+d.hours/4) {
			f := venue.Fault{Name: k.Name, After: time.Duration(d.r.Int64N(int64(time.Duration(d.hours)*time.Hour-20*time.Minute))) + 10*time.Minute}
			if list := targets[k.Group]; k.On == "" && len(list) > 0 {
				f.On = list[d.r.IntN(len(list))]
			}
			if k.Group != venue.FaultsActs {
				f.For = d.span(5*time.Second, 4*time.Minute)
				if d.r.IntN(2) == 0 && k.Group != venue.FaultsState {
					f.Times, f.For = 1+d.r.IntN(4), 15*time.Minute
				}
				if d.r.IntN(2) == 0 && k.Group != venue.FaultsState {
					f.Chance = float64(1+d.r.IntN(9)) / 10
				}
			}
			d.faults = append(d.faults, d.shape(f)...)
		}
	}
}

// span draws a span of whole seconds.
func (d *day) span(from, to time.Duration) time.Duration {
	return (from + time.Duration(d.r.Int64N(int64(to-from)))).Truncate(time.Second)
}

func (d *day) any(list ...string) string { return list[d.r.IntN(len(list))] }

// shape gives a fault the rest of what its kind needs.
func (d *day) shape(f venue.Fault) []venue.Fault {
	switch f.Name {
	case venue.FaultHang, venue.FaultHangTaken:
		f.Value = d.span(2*time.Second, 90*time.Second).String()
	case venue.FaultSlow, venue.FaultUnknownLate, venue.FaultFillFirst, venue.FaultDelay:
		f.Value = (time.Duration(1+d.r.IntN(9000)) * time.Millisecond).String()
	case venue.FaultLimited, venue.FaultBanned:
		f.Value, f.Times = d.span(2*time.Second, 3*time.Minute).String(), 0
	case venue.FaultStatus:
		f.Value = d.any("403", "500", "502", "504")
	case venue.FaultGone: // not of streams: those have reason to end then
		f.On = d.any("TRADE", "order.place", "order.cancel", "order.status", "*klines*", "*time*", "GET */myTrades", "GET */userTrades")
	case venue.FaultError:
		f.Value = d.any("-1000", "-1001", "-1006", "-1007", "-1008", "-1015", "-1021", "-1022", "-1013", "-2010", "-2011", "-2015")
		if n := f.Value; n == "-2011" { // what the venue says of all requests, or of some only
			f.On = "order.cancel"
		} else if n == "-1015" || n == "-1022" || n == "-1013" || n == "-2010" || n == "-2015" {
			f.On = "order.place"
		}
	case venue.FaultClock:
		f.Value, f.For = fmt.Sprint(time.Duration(d.r.IntN(240_000)-120_000)*time.Millisecond), d.span(time.Minute, 20*time.Minute)
	case venue.FaultNotFound:
		f.Value = d.span(time.Second, 5*time.Second).String()
	case venue.FaultDown:
		f.On = ""
	case venue.FaultDeposit:
		f.On, f.Value = "", d.any("USDT/100.25", "USDT/-77.5", "USDT/0.00000001", "USDT/2000")
	case venue.FaultDisconnect, venue.FaultShutdown:
		f.On = d.any("", "*", "stream", "ws-api", "private", "market")
		if f.Name == venue.FaultShutdown {
			f.Value = d.span(time.Second, time.Minute).String()
		}
	case venue.FaultTick: // for a while
		f.Value = d.any("2", "5", "10")
		back := f
		back.Value, back.After = map[string]string{"2": "0.5", "5": "0.2", "10": "0.1"}[f.Value], f.After+d.span(time.Minute, 9*time.Minute)
		return []venue.Fault{f, back}
	}
	return []venue.Fault{f}
}

// fail sets the faults of the day.
func (d *day) fail() {
	for _, f := range d.faults {
		if err := d.venue.SetFault(f); err != nil {
			d.t.Fatal(err)
		}
	}
}
