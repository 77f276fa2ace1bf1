package binance

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	spot "github.com/adshao/go-binance/v2"
	"github.com/adshao/go-binance/v2/futures"

	"github.com/signalman-trading/signalman/market"
)

// Options say of which market a Public is, and through what it asks. The zero value is
// the spot market over the Internet.
type Options struct {
	USDM     bool                                       // the USD-M perpetual futures instead of spot
	BaseURL  string                                     // "": the venue's
	HTTP     *http.Client                               // nil: one of its own; only its Transport is used
	Now      func() time.Time                           // nil: time.Now
	Sleep    func(context.Context, time.Duration) error // nil: waits; it returns the context's error
	Log      *slog.Logger                               // of pauses and repeated requests; nil: none
	Timeout  time.Duration                              // of one attempt; 0: 15 s
	Patience time.Duration                              // the longest pause that the venue may ask for; 0: 5 minutes
	Lanes    int                                        // requests at the same time; 0: 4

	configured bool // the address follows from an [exchange.X]
}

// The venue's addresses.
const (
	spotURL = "https://api.binance.com"
	usdmURL = "https://fapi.binance.com"
)

// A Public is the side of the venue that needs no key. Its methods may be called
// concurrently; what they return belongs to the caller. Errors are *[market.Error] of
// class Venue, or the context's.
type Public struct {
	o        Options
	base     http.RoundTripper // what all requests go through in the end, those of accounts too
	http     *http.Client
	spot     *spot.Client
	futures  *futures.Client
	governor governor
	clock    clock
}

// NewPublic makes a Public. It sends nothing.
func NewPublic(o Options) *Public {
	o.BaseURL = strings.TrimRight(cmp.Or(o.BaseURL, map[bool]string{false: spotURL, true: usdmURL}[o.USDM]), "/")
	o.Timeout = cmp.Or(o.Timeout, 15*time.Second)
	o.Patience = cmp.Or(o.Patience, 5*time.Minute)
	o.Lanes = cmp.Or(o.Lanes, 4)
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Sleep == nil {
		o.Sleep = sleep
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	p := &Public{o: o, base: roundTripper(o), http: &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
	p.http.Transport = transport{base: p.base}
	p.clock.local = o.Now
	weight := map[bool]int{false: spotLimit, true: usdmLimit}[o.USDM]
	p.governor.limits = limitsOf(o.BaseURL, o.HTTP, weight)
	p.governor.patience, p.governor.now, p.governor.sleep, p.governor.log = max(o.Patience, time.Minute), o.Now, o.Sleep, o.Log
	p.spot, p.futures = spot.NewClient("", ""), futures.NewClient("", "")
	p.spot.BaseURL, p.spot.HTTPClient = o.BaseURL, p.http
	p.futures.BaseURL, p.futures.HTTPClient = o.BaseURL, p.http
	return p
}

// roundTripper returns what the requests go through in the end.
func roundTripper(o Options) http.RoundTripper {
	if o.HTTP != nil && o.HTTP.Transport != nil {
		return o.HTTP.Transport
	}
	base, ok := http.DefaultTransport.(*http.Transport)
	if !ok {
		return http.DefaultTransport
	}
	base = base.Clone()
	base.MaxIdleConnsPerHost = max(o.Lanes, 16)
	return base
}

// sleep waits for d, or until ctx ends.
func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// Venue names the market that is asked: [Spot] or [USDM].
func (p *Public) Venue() string {
	if p.o.USDM {
		return USDM
	}
	return Spot
}

// Usage says what was asked of the venue.
type Usage struct {
	Requests int // repeated ones too
	Weight   int // of them, as the venue lists it
}

// Usage returns what was asked so far.
func (p *Public) Usage() Usage {
	return Usage{Requests: int(p.governor.requests.Load()), Weight: int(p.governor.weighed.Load())}
}

// Time asks for the venue's time, in milliseconds.
func (p *Public) Time(ctx context.Context) (t market.Time, err error) {
	err = p.clock.sync(ctx, 1, func(ctx context.Context) (a anchor, err error) {
		a, t, err = p.compare(ctx)
		return a, err
	})
	if t == 0 && err == nil { // somebody else has just asked
		t = p.clock.now()
	}
	return t, err
}

// compare compares the clocks, and returns the venue's time too.
func (p *Public) compare(ctx context.Context) (a anchor, t market.Time, err error) {
	a, err = ask(ctx, p, timeRequest, func(ctx context.Context) (a anchor, err error) {
		a, t, err = p.time(ctx)
		return a, err
	})
	return a, t, err
}

// timeRequest asks for the venue's time.
var timeRequest = request{what: "time", lane: laneQuery, weight: 1, opens: '{'}

// time sends the request for the venue's time.
func (p *Public) time(ctx context.Context) (a anchor, t market.Time, err error) {
	sent := p.o.Now()
	var ms int64
	if p.o.USDM {
		ms, err = p.futures.NewServerTimeService().Do(ctx)
	} else {
		ms, err = p.spot.NewServerTimeService().Do(ctx)
	}
	if err != nil {
		return a, 0, err
	}
	if t, err = when(ms); err != nil {
		return a, 0, fmt.Errorf("serverTime %w", err)
	}
	return compared(sent, p.o.Now(), t), t, nil
}

// recheck is how long the difference of the clocks is trusted where nothing is signed.
const recheck = 10 * time.Minute

// Now returns the time by the venue's clock. It asks for it now and then.
func (p *Public) Now(ctx context.Context) (market.Time, error) {
	if !p.clock.fresh(recheck) {
		return p.Time(ctx)
	}
	return p.clock.now(), nil
}

// when converts the venue's milliseconds, which must lie in the years 2009 to 2200.
func when(ms int64) (market.Time, error) {
	const first, last = 1_230_768_000_000, 7_258_118_400_000
	if ms < first || ms > last {
		return 0, fmt.Errorf("%d is not a time in milliseconds since 1970", ms)
	}
	return market.Millis(ms), nil
}

// ExchangeInfo asks for the rules of instruments, as the JSON that the venue sends: of
// some symbols, or of all. USD-M always answers with all.
func (p *Public) ExchangeInfo(ctx context.Context, symbols ...string) ([]byte, error) {
	r := request{what: "exchangeInfo", lane: laneQuery, weight: 20, opens: '{', most: 64 << 20}
	address := p.o.BaseURL + "/api/v3/exchangeInfo"
	switch {
	case p.o.USDM:
		r.weight, address = 1, p.o.BaseURL+"/fapi/v1/exchangeInfo"
	case len(symbols) > 0:
		r.what += " of " + strings.Join(symbols, ", ")
		address += "?" + url.Values{"symbols": {`["` + strings.Join(symbols, `","`) + `"]`}}.Encode()
	}
	return ask(ctx, p, r, func(ctx context.Context) ([]byte, error) {
		q, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
		if err != nil {
			return nil, err
		}
		res, err := p.http.Do(q)
		if err != nil {
			return nil, err
		}
		body, err := io.ReadAll(res.Body)
		if err == nil && res.StatusCode >= http.StatusBadRequest {
			err = errors.New(res.Status)
		}
		if err == nil {
			p.governor.listed(body)
		}
		return body, err
	})
}
