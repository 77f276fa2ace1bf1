package binance

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"math/rand/v2"
	"sync"
	"time"
)

// A request is what asking needs to know of one.
type request struct {
	what   string // for errors: "klines of BTCUSDT 1m from …"
	weight int    // as the venue lists it
	opens  byte   // what the JSON of its answer begins with
	most   int64  // bytes of its answer; 0: mostBody
}

// attempts is how often a request is sent.
const attempts = 6

// ask sends a request that changes nothing, until it is answered or hope is lost. do
// sends it, decodes and checks the answer: one that fails its checks is asked for again.
func ask[T any](ctx context.Context, p *Public, r request, do func(context.Context) (T, error)) (out T, err error) {
	for n := 1; ; n++ {
		minute, err := p.governor.wait(ctx, r.weight)
		if errors.Is(err, errBanned) {
			return out, (&fault{err: err, hint: hintLater}).error(r, 1)
		}
		if err != nil {
			return out, err
		}
		a := &answer{opens: r.opens, most: cmp.Or(r.most, mostBody)}
		limited, cancel := context.WithTimeout(ctx, p.o.Timeout)
		result, err := do(a.with(limited))
		cancel()
		p.governor.done(r.weight, minute, a)
		if err == nil {
			return result, nil
		}
		if ctx.Err() != nil {
			return out, ctx.Err()
		}
		f := p.faultOf(a, err)
		pause := cmp.Or(f.pause, backoff(n))
		if f.pause > 0 {
			p.governor.block(f.pause)
		}
		if !f.again || n == attempts || pause > p.o.Patience {
			return out, f.error(r, n)
		}
		p.o.Log.Warn("asking again", "for", r.what, "after", pause.Round(time.Millisecond), "error", f.err)
		if err := p.o.Sleep(ctx, pause); err != nil {
			return out, err
		}
	}
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
