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
	"time"

	spot "github.com/adshao/go-binance/v2"
	"github.com/adshao/go-binance/v2/futures"

	"github.com/signalman-trading/signalman/exchange"
	"github.com/signalman-trading/signalman/market"
)

// answerTime bounds one request: the venue gives up on its own after 10 s.
const answerTime = 12 * time.Second

// serverTime is how long the venue itself may work on a request, with a margin: what it
// has not taken by then, after the window of the request, it never takes.
const serverTime = 12 * time.Second

// A private is what the accounts of both markets are spoken to through. Its methods may
// be called concurrently.
type private struct {
	venue    string // Spot or USDM
	hosts    hosts
	public   *Public // of the same host: its governor and its clock are those of all
	key      *signer
	http     *http.Client // signs
	governor governor
	tally    tally
	relister relister
	names    *exchange.Names
	log      *slog.Logger
	window   time.Duration // recvWindow
	stp      string        // self-trade prevention, in the venue's words
	sleep    func(context.Context, time.Duration) error

	// The libraries' clients, without keys: the transport signs.
	spot    *spot.Client
	futures *futures.Client
}

// public returns the client of market data of the configured hosts.
func (c *Config) public(env exchange.Env) (*Public, hosts, error) {
	h, err := hostsOf(c.Env, c.Address, c.venue)
	if err != nil {
		return nil, h, err
	}
	p := NewPublic(Options{USDM: c.venue == USDM, BaseURL: h.rest, HTTP: env.HTTP, Now: env.Now, Log: env.Log, Timeout: answerTime, configured: true})
	if err := p.governor.keep(env.Dir); err != nil {
		return nil, h, &market.Error{Class: market.Venue, Where: c.venue, Err: err}
	}
	return p, h, nil
}

// private returns what an account is spoken to through. It sends nothing.
func (c *Config) private(env exchange.Env, names *exchange.Names) (*private, error) {
	if err := c.Check(); err != nil {
		return nil, usage(c.venue, err)
	}
	key, err := newSigner(c.Key, c.Secret)
	if err != nil {
		return nil, usage(c.venue, err)
	}
	public, h, err := c.public(env)
	if err != nil {
		return nil, err
	}
	p := &private{
		venue: c.venue, hosts: h, public: public, key: key, names: names, log: public.o.Log,
		window: time.Duration(c.Window), stp: selfTrades[c.SelfTrade], sleep: public.o.Sleep,
	}
	p.governor.limits, p.governor.patience = public.governor.limits, hurry
	p.governor.now, p.governor.sleep, p.governor.log = public.o.Now, public.o.Sleep, p.log
	p.http = &http.Client{Transport: transport{base: public.base, key: key, clock: &public.clock}, CheckRedirect: public.http.CheckRedirect}
	p.spot, p.futures = spot.NewClient("", ""), futures.NewClient("", "")
	p.spot.BaseURL, p.spot.HTTPClient = h.rest, p.http
	p.futures.BaseURL, p.futures.HTTPClient = h.rest, p.http
	return p, nil
}

func usage(where string, err error) error {
	return &market.Error{Class: market.Usage, Where: "exchange " + where, Err: err}
}

// Now implements [exchange.Clock].
func (p *private) Now() time.Time { return p.public.clock.now().UTC() }

// Underway implements [exchange.Clock]: the window of a request, and the venue's work on it.
func (p *private) Underway() time.Duration { return p.window + serverTime }

// call sends a request to the account, once, when the governor lets it. do sends it,
// through the clients or with signed, and decodes the answer; what it weighs is what the
// venue lists. It is sent again only where the venue refused its time, which is a refusal
// before anything was taken. Errors are a *[exchange.Fault], or the context's before
// anything was sent.
func (p *private) call(ctx context.Context, l lane, weight int, what string, do func(context.Context) error) error {
	r := request{what: what, lane: l, weight: weight}
	if l == laneOrder {
		r.orders = 1
	}
	return p.send(ctx, r, do)
}

// old is the age of the clock at which even orders wait for a new comparison; other
// requests renew it before.
const old = 2 * resync

// send is call for a request that is more than one order.
func (p *private) send(ctx context.Context, r request, do func(context.Context) error) error {
	if age := map[bool]time.Duration{true: old, false: resync}[r.lane.changes()]; !p.public.clock.fresh(age) {
		if err := p.sync(ctx, r.lane); err != nil {
			p.log.Warn("the venue's clock is not known", "error", err)
		}
	}
	f, err := p.once(ctx, r, do)
	if f != nil && f.Code == codeTime {
		p.log.Warn("the venue refuses the time of a request: its clock is asked for", "for", r.what, "error", f.Err)
		if p.sync(ctx, r.lane) == nil {
			f, err = p.once(ctx, r, do)
		}
	}
	if f != nil {
		return f
	}
	return err
}

// sync compares the clocks anew, as urgently as what waits for it.
func (p *private) sync(ctx context.Context, l lane) error {
	return p.public.clock.sync(ctx, samples, func(ctx context.Context) (a anchor, err error) {
		r := timeRequest
		r.lane = l
		_, v, err := p.public.try(ctx, &p.governor, r, func(ctx context.Context) (err error) {
			a, _, err = p.public.time(ctx)
			return err
		})
		if v.Fault != nil {
			return a, v.Fault
		}
		return a, err
	})
}

func (p *private) once(ctx context.Context, r request, do func(context.Context) error) (*exchange.Fault, error) {
	if f, err := p.admit(ctx, r); f != nil || err != nil {
		return f, err
	}
	a, v, err := p.public.try(ctx, &p.governor, r, do)
	now := p.public.clock.now().UTC()
	p.tally.hear(now, a.header)
	p.log.Debug("asked", "for", r.what, "status", a.status, "took", a.took)
	if err != nil || v.Fault == nil {
		return nil, err
	}
	if v.Code == codeOrders {
		p.tally.block(now.Add(v.Until.Sub(p.public.o.Now())))
	}
	if v.Kind == exchange.ErrUnknown {
		v.Until = p.public.o.Now().Add(time.Duration(cmp.Or(a.stamp, market.TimeOf(now))-market.TimeOf(now)) + p.window + serverTime)
	}
	v.Err = hidden{v.Err, p.key}
	return v.Fault, nil
}

// admit waits until the account may send as many orders.
func (p *private) admit(ctx context.Context, r request) (*exchange.Fault, error) {
	for r.orders > 0 {
		pause := p.tally.reserve(p.public.clock.now().UTC(), r.orders, p.governor.orderLimits())
		if pause == 0 {
			return nil, nil
		}
		if pause > hurry {
			until := p.public.o.Now().Add(pause)
			return &exchange.Fault{Kind: exchange.ErrUnavailable, What: r.what, Until: until, Err: errors.New("the account has sent most of the orders that the venue allows for now")}, nil
		}
		p.log.Info("most of the orders that the venue allows are sent", "wait", pause.Round(time.Millisecond))
		if err := p.sleep(ctx, pause); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

// A hidden error has no key in its text, whatever the venue, or what answers in its
// place, says.
type hidden struct {
	error
	key *signer
}

// Error returns the text without the key.
func (h hidden) Error() string { return h.key.hide(h.error.Error()) }

// Unwrap returns the error.
func (h hidden) Unwrap() error { return h.error }

// signed sends a request that the library does not know, or not whole, and returns the
// body of its answer. Parameters go in the query. It is for use in the do of call.
func (p *private) signed(ctx context.Context, method, path string, params url.Values) ([]byte, error) {
	params.Set("recvWindow", p.recvWindow())
	params.Set("signature", "")
	q, err := http.NewRequestWithContext(ctx, method, p.hosts.rest+path+"?"+params.Encode(), nil)
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
	return body, err
}

// recvWindow is the window as a parameter, in milliseconds.
func (p *private) recvWindow() string { return fmt.Sprint(p.window.Milliseconds()) }
