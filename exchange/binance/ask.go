package binance

import (
	"cmp"
	"context"
	"iter"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/signalman-trading/signalman/exchange"
)

// A request is what asking needs to know of one.
type request struct {
	what   string // for errors: "klines of BTCUSDT 1m from …"
	lane   lane
	weight int   // as the venue lists it
	orders int   // that it places, for the limits on them
	opens  byte  // what the JSON of its answer begins with
	most   int64 // bytes of its answer; 0: mostBody
}

// attempts is how often a request is sent.
const attempts = 6

// ask sends a request that changes nothing, until it is answered or hope is lost. do
// sends it, decodes and checks the answer: one that fails its checks is asked for again.
func ask[T any](ctx context.Context, p *Public, r request, do func(context.Context) (T, error)) (out T, err error) {
	for n := 1; ; n++ {
		a, v, err := p.try(ctx, &p.governor, r, func(ctx context.Context) (err error) {
			out, err = do(ctx)
			return err
		})
		if err != nil || v.Fault == nil {
			return out, err
		}
		pause := cmp.Or(v.pause, backoff(n))
		never := a.status == 0 && !a.sent && !p.governor.hears() // most likely a wrong address
		if !v.again || never || n == attempts || pause > p.o.Patience {
			return out, p.told(v.Fault, n)
		}
		p.o.Log.Warn("asking again", "for", r.what, "after", pause.Round(time.Millisecond), "error", v.Err)
		if err := p.o.Sleep(ctx, pause); err != nil {
			return out, err
		}
	}
}

// try sends a request once, when the governor lets it. It returns the answer, and either
// an error of the context, or what the failure means, if it failed.
func (p *Public) try(ctx context.Context, g *governor, r request, do func(context.Context) error) (*answer, verdict, error) {
	j := judge{what: r.what, usdm: p.o.USDM, changes: r.lane.changes(), timeout: p.o.Timeout}
	a := &answer{opens: r.opens, most: cmp.Or(r.most, mostBody)}
	minute, until, err := g.wait(ctx, r.lane, r.weight)
	if err != nil && ctx.Err() != nil {
		return a, verdict{}, ctx.Err()
	}
	if err != nil {
		return a, verdict{Fault: &exchange.Fault{Kind: exchange.ErrUnavailable, What: r.what, Until: until, Err: err, Hint: hintLater}}, nil
	}
	limited, cancel := context.WithTimeout(ctx, p.o.Timeout)
	err = do(a.with(limited))
	cancel()
	g.done(r.weight, minute, a)
	if err == nil {
		return a, verdict{}, nil
	}
	if ctx.Err() != nil && !j.changes {
		return a, verdict{}, ctx.Err()
	}
	j.now = p.clock.now().UTC()
	v := j.of(a, err)
	if v.pause > 0 {
		g.block(v.pause)
	}
	if !v.Until.IsZero() { // said by the venue's clock
		v.Until = p.o.Now().Add(v.Until.Sub(j.now))
	}
	return a, v, nil
}

// backoff is the pause after the n-th attempt: half a second and twice as much each
// time, half of it chance, so that many programs do not come back together.
func backoff(n int) time.Duration {
	d := 500 * time.Millisecond << (n - 1)
	return d/2 + rand.N(d)
}

// ahead yields f(0) to f(n-1) in order and runs up to lanes of them at the same time. It
// ends at the first error, and leaves nothing running.
func ahead[T any](ctx context.Context, lanes, n int, f func(context.Context, int) (T, error)) iter.Seq2[T, error] {
	type result struct {
		value T
		err   error
	}
	return func(yield func(T, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		var running sync.WaitGroup
		defer running.Wait()
		defer cancel()
		var due []chan result
		for i, sent := 0, 0; i < n; i++ {
			for ; sent < min(n, i+lanes); sent++ {
				k, c := sent, make(chan result, 1)
				due = append(due, c)
				running.Go(func() {
					v, err := f(ctx, k)
					c <- result{v, err}
				})
			}
			r := <-due[0]
			due = due[1:]
			if !yield(r.value, r.err) || r.err != nil {
				return
			}
		}
	}
}
