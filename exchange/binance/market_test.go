package binance

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/signalman-trading/signalman/exchange"
	"github.com/signalman-trading/signalman/market"
)

// streamFor runs a stream of a venue for a while, and returns what was said, in short: the
// minute of each bar, with ~ before it where it was asked for.
func streamFor(t *testing.T, h *hostile, long time.Duration, subs ...exchange.Subscription) (said []string, err error) {
	t.Helper()
	m, n := h.market(t)
	ctx, cancel := context.WithTimeout(t.Context(), long)
	defer cancel()
	err = m.Stream(ctx, subs, func() { said = append(said, "ready") }, func(e exchange.Event) {
		switch {
		case e.Gap != nil:
			said = append(said, "gap")
		case e.Funding != nil:
			said = append(said, fmt.Sprintf("funding %s", e.Funding.Time.UTC().Format("15:04")))
		case e.Late:
			said = append(said, "~"+e.Bar.OpenTime.UTC().Format("15:04"))
		default:
			said = append(said, e.Bar.OpenTime.UTC().Format("15:04"))
		}
	})
	synctest.Wait()
	if open := n.open.Load(); open != 0 {
		t.Errorf("%d ends of connections are open", open)
	}
	return said, err
}

func mildVenue() *hostile {
	h := newHostile(0)
	h.mild = true
	return h
}

var minute = subscription("BTCUSDT", market.Minute, false)

// TestStreamBegins: what closed since After comes first, without a gap; nothing of the past
// where it is 0. The first bar that is told is the one that runs.
func TestStreamBegins(t *testing.T) {
	for name, c := range map[string]struct {
		after string
		want  []string
	}{
		"now":     {"", []string{"ready", "08:29", "08:30"}},
		"before":  {"08:26", []string{"ready", "~08:26", "~08:27", "~08:28", "08:29", "08:30"}},
		"current": {"08:29", []string{"ready", "08:29", "08:30"}},
		"later":   {"08:30", []string{"ready", "08:30"}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				later()
				sub := minute
				if c.after != "" {
					at, _ := time.Parse(time.RFC3339, "2024-05-01T"+c.after+":00Z")
					sub.After = market.TimeOf(at)
				}
				said, err := streamFor(t, mildVenue(), 90*time.Second, sub)
				if diff := cmp.Diff(c.want, said); diff != "" || !errors.Is(err, context.DeadlineExceeded) {
					t.Error(diff, err)
				}
			})
		})
	}
}

// TestStreamOfPerpetuals tells fundings when they are due, once for an instrument.
func TestStreamOfPerpetuals(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		later()
		h := mildVenue()
		h.usdm, h.funded = true, market.Hour
		hour, day := subscription("BTCUSDT", market.Hour, true), subscription("BTCUSDT", market.Daily, true)
		hour.After = market.TimeOf(time.Date(2024, 5, 1, 6, 0, 0, 0, time.UTC))
		said, _ := streamFor(t, h, 2*time.Hour, hour, day)
		got := strings.Join(said, " ")
		if !strings.Contains(got, "ready") || strings.Replace(got, "ready ", "", 1) != "~06:00 ~07:00 funding 07:00 funding 08:00 08:00 funding 09:00 09:00 funding 10:00" &&
			strings.Replace(got, "ready ", "", 1) != "funding 07:00 funding 08:00 ~06:00 ~07:00 08:00 funding 09:00 09:00 funding 10:00" {
			t.Error(got)
		}
	})
}

// TestStreamFindsWhatIsLost: a close that no push told is asked for before newer bars
// follow, also while the venue's history lags.
func TestStreamFindsWhatIsLost(t *testing.T) {
	for _, lag := range []time.Duration{0, 66 * time.Second} { // a row is there when its bar has run so long
		synctest.Test(t, func(t *testing.T) {
			later()
			h := mildVenue()
			h.lag = lag
			h.deaf = func(name string, now market.Time, closed bool) bool {
				return closed && now >= market.TimeOf(time.Date(2024, 5, 1, 8, 31, 0, 0, time.UTC)) && now < market.TimeOf(time.Date(2024, 5, 1, 8, 31, 30, 0, time.UTC))
			}
			said, _ := streamFor(t, h, 150*time.Second, minute)
			if diff := cmp.Diff([]string{"ready", "08:29", "gap", "~08:30", "08:31"}, said); diff != "" {
				t.Error(lag, diff)
			}
		})
	}
}

// TestStreamNoticesSilence: a stream that says nothing, on a connection that is alive, gets
// another connection; one of a market where nothing happens stays.
func TestStreamNoticesSilence(t *testing.T) {
	for _, idle := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			later()
			h := mildVenue()
			dead := func(at market.Time) bool {
				return at >= market.TimeOf(time.Date(2024, 5, 1, 8, 31, 0, 0, time.UTC)) && at < market.TimeOf(time.Date(2024, 5, 1, 8, 32, 30, 0, time.UTC))
			}
			h.deaf = func(name string, now market.Time, closed bool) bool {
				return strings.HasPrefix(name, "btcusdt") && dead(now)
			}
			if idle {
				h.deaf = nil
				h.absent = func(_ string, open market.Time) bool { return open.UTC().Minute() == 30 || open.UTC().Minute() == 31 }
			}
			said, _ := streamFor(t, h, 4*time.Minute, minute)
			// The closes of 08:30 and 08:31 are not pushed; a new connection does not help.
			want := []string{"ready", "08:29", "gap", "~08:30", "gap", "gap", "~08:31", "08:32"}
			dials := 2
			if idle {
				dials = 1
				want = []string{"ready", "08:29", "gap", "08:32"}
			}
			if diff := cmp.Diff(want, said); diff != "" || len(h.conns) != dials {
				t.Error(idle, diff, len(h.conns))
			}
		})
	}
}

// TestStreamIsRefused: a subscription that the venue refuses, or does not have although it
// acknowledged it, is an error; one that it never answers is asked for again.
func TestStreamIsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		greets func(c *venueConn, frame []byte) bool
		want   string
	}{
		"refused": {func(c *venueConn, frame []byte) bool {
			c.write(`{"id":1,"error":{"code":2,"msg":"Invalid request: unknown stream"}}`)
			return true
		}, "subscribe: rejected (code 2): Invalid request: unknown stream; check the symbols and intervals"},
		"old refusal": {func(c *venueConn, frame []byte) bool {
			c.write(`{"code":2,"msg":"Invalid request"}`)
			return true
		}, "subscribe: rejected (code 2): Invalid request; check the symbols and intervals"},
		"not listed": {func(c *venueConn, frame []byte) bool {
			if strings.Contains(string(frame), "LIST") {
				c.write(`{"id":1000000,"result":[]}`)
				return true
			}
			return false
		}, "subscribe: rejected: the venue acknowledged btcusdt@kline_1m and does not list it; check the symbols and intervals"},
		"swallowed": {func(*venueConn, []byte) bool { return true }, "context deadline exceeded"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				later()
				h := mildVenue()
				h.greets = c.greets
				said, err := streamFor(t, h, time.Minute, minute)
				if err == nil || err.Error() != c.want || slices.Contains(said, "ready") {
					t.Errorf("%q, %v", said, err)
				}
				if name == "swallowed" && len(h.conns) < 3 {
					t.Errorf("%d connections", len(h.conns))
				}
			})
		})
	}
}

// TestStreamSharesConnections: no connection carries more than 200 streams, and all are
// ready before ready is called.
func TestStreamSharesConnections(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		later()
		h := mildVenue()
		var subs []exchange.Subscription
		for n := range 450 {
			subs = append(subs, subscription(fmt.Sprintf("A%dUSDT", n), market.Minute, false))
		}
		subs = append(subs, subs[0]) // one stream for both
		said, _ := streamFor(t, h, 40*time.Second, subs...)
		var carried []int
		for _, c := range h.conns {
			carried = append(carried, len(c.streams))
		}
		total := 0
		for _, n := range carried {
			if total += n; n > maxStreams {
				t.Error(carried)
			}
		}
		if len(carried) != 3 || total != 450 || len(said) != 452 || said[0] != "ready" {
			t.Error(carried, len(said), said[0])
		}
	})
}

// TestMarketRefuses what the venue does not have.
func TestMarketRefuses(t *testing.T) {
	h := mildVenue()
	h.usdm = true
	p := NewPublic(Options{USDM: true, BaseURL: "http://venue", HTTP: &http.Client{Transport: roundTrip(func(*http.Request) (*http.Response, error) { return nil, errors.New("asked") })}})
	m := newMarket(p, "ws://venue", exchange.Env{})
	for _, sub := range []exchange.Subscription{
		subscription("BTCUSDT", market.Minute/60, true), subscription("BTCUSDT", 7*market.Minute, true), subscription("BTCUSDT", market.Trades, true),
		{Instrument: market.Instrument{Symbol: "BTCUSDT", Venue: Spot}, Interval: market.Minute},
	} {
		var e *market.Error
		if err := m.Stream(t.Context(), []exchange.Subscription{sub}, nil, nil); !errors.As(err, &e) || e.Class != market.Usage {
			t.Errorf("%s: %v", sub.Interval, err)
		}
		for _, err := range m.Bars(t.Context(), sub.Instrument, sub.Interval, 0, 0) {
			if !errors.As(err, &e) || e.Class != market.Usage {
				t.Errorf("%s: %v", sub.Interval, err)
			}
		}
	}
}
