package binance

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/signalman-trading/signalman/exchange"
	"github.com/signalman-trading/signalman/market"
)

const subscribeAccount = "subscribe to the account"

// follow returns the stream of the account, whose events decode reads.
func (p *private) follow(env exchange.Env, decode func(raw []byte) ([]exchange.AccountEvent, error)) *accountStream {
	a := &accountStream{
		name: "the account at " + p.venue, timing: spotTiming, dialer: newDialer(env, dialPatience),
		now: p.public.clock.now, log: p.log, decode: decode,
	}
	if p.venue == USDM {
		a.timing = usdmTiming
		(&listenKey{p: p}).serve(a)
		return a
	}
	(&spotSubscription{p: p}).serve(a)
	return a
}

// A spotSubscription asks the websocket API for the events of a spot account. Each
// connection signs anew.
type spotSubscription struct {
	p        *private
	clockOff atomic.Bool // the venue refused the time of the last request
}

func (s *spotSubscription) serve(a *accountStream) {
	a.address, a.request, a.refused = s.address, s.request, s.refused
}

// address returns where to dial, after the clocks were compared if need be.
func (s *spotSubscription) address(ctx context.Context) (string, error) {
	if s.clockOff.Swap(false) || !s.p.public.clock.fresh(resync) {
		if err := s.p.sync(ctx, laneQuery); err != nil {
			return "", err
		}
	}
	return s.p.hosts.api, nil
}

// request signs the request for the events.
func (s *spotSubscription) request(context.Context) ([]byte, error) {
	params := map[string]string{"timestamp": strconv.FormatInt(s.p.public.clock.now().Millis(), 10), "recvWindow": s.p.recvWindow()}
	s.p.key.params(params)
	typed := map[string]any{}
	for name, value := range params {
		typed[name] = value
	}
	for _, name := range []string{"timestamp", "recvWindow"} {
		typed[name] = json.Number(params[name])
	}
	return json.Marshal(map[string]any{"id": "account", "method": "userDataStream.subscribe.signature", "params": typed})
}

// refused judges a refused request, as one by REST is judged.
func (s *spotSubscription) refused(status int, said json.RawMessage) *exchange.Fault {
	now := s.p.public.clock.now().UTC()
	v := refusedSubscription(judge{what: subscribeAccount, now: now}, status, said)
	if v.pause > 0 {
		s.p.governor.block(v.pause)
	}
	if !v.Until.IsZero() { // said by the venue's clock
		v.Until = time.Now().Add(v.Until.Sub(now))
	}
	s.clockOff.Store(v.Clock)
	v.Err = hidden{v.Err, s.p.key}
	return v.Fault
}

// refusedSubscription judges what a websocket says against a request.
func refusedSubscription(j judge, status int, said json.RawMessage) verdict {
	var more struct {
		Data struct {
			RetryAfter int64 `json:"retryAfter"` // milliseconds since 1970
		} `json:"data"`
	}
	a := &answer{status: max(status, 400), body: said, sent: true}
	if json.Unmarshal(said, &more) == nil {
		if t, err := when(more.Data.RetryAfter); err == nil {
			a.retryAfter = strconv.FormatInt(int64(max(t-market.TimeOf(j.now), 0)/second)+1, 10)
		}
	}
	return j.of(a, errors.New("refused"))
}

// A listenKey is what the events of a futures account are listened to with. It lives for
// an hour from when it was last asked for or kept.
type listenKey struct {
	p   *private
	key atomic.Pointer[string]
}

// The venue forgets a key after an hour.
const (
	keepKey  = 30 * time.Minute
	keepSoon = time.Minute // after a failure
)

func (k *listenKey) serve(a *accountStream) { a.address, a.tend, a.leave = k.address, k.tend, k.leave }

// address asks for the key; one that is alive stays the same.
func (k *listenKey) address(ctx context.Context) (string, error) {
	var key string
	err := k.p.call(ctx, laneQuery, 1, subscribeAccount, func(ctx context.Context) (err error) {
		key, err = k.p.futures.NewStartUserStreamService().Do(ctx)
		return err
	})
	if err != nil {
		return "", err
	}
	if key == "" || len(key) > 256 {
		return "", &exchange.Fault{Kind: exchange.ErrUnavailable, What: subscribeAccount, Err: fmt.Errorf("the venue names a listenKey of %d characters", len(key))}
	}
	k.key.Store(&key)
	return k.p.hosts.private + "/ws?listenKey=" + url.QueryEscape(key), nil
}

// tend keeps the key alive.
func (k *listenKey) tend(ctx context.Context, broken func(error)) {
	for pause := keepKey; sleep(ctx, pause) == nil; {
		key := k.key.Load()
		if key == nil {
			continue
		}
		err := k.p.call(ctx, laneQuery, 1, "keep the subscription to the account", func(ctx context.Context) error {
			return k.p.futures.NewKeepaliveUserStreamService().ListenKey(*key).Do(ctx)
		})
		switch pause = keepKey; {
		case err == nil:
		case errors.Is(err, exchange.ErrRejected):
			broken(err)
		default:
			k.p.log.Warn("the subscription to the account could not be kept yet", "error", k.hide(err))
			pause = keepSoon
		}
	}
}

// leave gives the key back.
func (k *listenKey) leave(ctx context.Context) error {
	return k.hide(k.p.call(ctx, laneQuery, 1, "end the subscription to the account", func(ctx context.Context) error {
		return k.p.futures.NewCloseUserStreamService().ListenKey(*k.key.Load()).Do(ctx)
	}))
}

// hide takes the key out of an error: who has it hears of the account.
func (k *listenKey) hide(err error) error {
	if key := k.key.Load(); err != nil && key != nil && strings.Contains(err.Error(), *key) {
		return errors.New(strings.ReplaceAll(err.Error(), *key, "***"))
	}
	return err
}
