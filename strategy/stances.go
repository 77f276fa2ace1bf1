package strategy

import (
	"fmt"

	"github.com/signalman-trading/signalman/market"
)

// A Stance is the side that a strategy takes on an instrument.
type Stance int8

// The stances.
const (
	Short Stance = -1
	Flat  Stance = 0
	Long  Stance = 1
)

// Stances remembers the stance that a strategy last took on each of its instruments, so that
// it orders when its answer changes and not at each bar. The zero value is ready.
//
// A stance is what was asked for, not what came of it: where a rule closed the position, or
// refused the order, the strategy is in again only after it has taken another stance in
// between. Else it would buy right back what a stop has just sold.
type Stances struct{ states States[stance] }

// stance is what was last taken on one instrument.
type stance struct {
	taken bool
	last  Stance
}

// At returns the stance on an instrument. Before the first one it is the side of the position,
// which may have been there before the strategy was.
func (s *Stances) At(ctx *Context, i market.InstrumentID) Stance {
	st := s.states.Of(i, newStance)
	if !st.taken {
		st.last = Stance(ctx.Position(i).Sign())
		st.taken = ctx.host.hub.WarmFor(i) // orders of its own come after this alone
	}
	return st.last
}

func newStance() *stance { return &stance{} }

// Take takes a stance: the Target is weight × equity on that side. It does nothing where the
// stance stands already, and before warm-up. A Target that is impossible ends the strategy.
func (s *Stances) Take(ctx *Context, i market.InstrumentID, want Stance, weight float64) {
	if s.At(ctx, i) == want || !ctx.host.hub.WarmFor(i) {
		return
	}
	s.states.Of(i, newStance).last = want
	ctx.Must(ctx.Target(i, float64(float64(want)*weight)))
}

// ShortParams are the parameter that lets a strategy be short. A strategy embeds them in its
// struct, and is long only by default.
type ShortParams struct {
	Short bool `toml:"short" doc:"be short as well, where the rule says so; for perpetual futures alone"`
}

// Check returns an error where the strategy may be short and an instrument cannot be.
func (p *ShortParams) Check(s *Setup) error {
	if !p.Short {
		return nil
	}
	for _, in := range s.Instruments() {
		if !in.Perpetual() {
			return fmt.Errorf("short = true is for perpetual futures, and %s is spot", in.Symbol)
		}
	}
	return nil
}

// Allow returns the stance, and Flat in the place of Short where that is not wanted.
func (p *ShortParams) Allow(want Stance) Stance {
	if want == Short && !p.Short {
		return Flat
	}
	return want
}
