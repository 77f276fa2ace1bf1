package strategytest

import (
	"cmp"
	"errors"
	"fmt"
	"math/bits"
	"math/rand/v2"
	"strings"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/backtest"
	"github.com/signalman-trading/signalman/engine"
	"github.com/signalman-trading/signalman/internal/config"
	"github.com/signalman-trading/signalman/strategy"
)

// draws is how many combinations of parameters are run, and tries how many are drawn for
// that, since Init may refuse some.
const draws, tries = 14, 60

// setting is a value for a parameter, as the command line takes it.
type setting struct {
	config.Param
	value string
}

// takesParameters runs the strategy with values that its tags allow: all at their lower
// bounds, all at their upper ones, and at random; and what is odd where a tag gives no bound.
// Init may refuse what does not go together.
func (s *suite) takesParameters() error {
	made, err := s.create()
	if err != nil {
		return err
	}
	list := config.Params(made)
	r := rand.New(rand.NewPCG(s.seed, 1<<41))
	w := world{name: "data of fewer bars", missing: 0.04, bars: min(s.bars, 300), hint: hintBars}
	h := s.build(w)
	for _, v := range odd(list) {
		if _, err := s.with(h, []setting{v}); err != nil {
			return s.unfit(h, []setting{v}, err)
		}
	}
	for n, run := 0, 0; n < tries && run < draws; n++ {
		set := draw(r, list, n)
		if len(set) == 0 {
			return nil
		}
		refused, err := s.with(h, set)
		if err != nil {
			return s.unfit(h, set, err)
		}
		if !refused {
			run++
		}
	}
	return nil
}

// with runs the strategy with settings. An error of Init, or of the tags, refuses them.
func (s *suite) with(h *backtest.History, set []setting) (refused bool, err error) {
	apply := func(x strategy.Strategy) strategy.Strategy {
		for _, v := range set {
			if config.Set(x, v.Key, v.value) != nil {
				refused = true
			}
		}
		return x
	}
	s.tried = set
	defer func() { s.tried = nil }()
	if no, err := s.refuses(h, request{wrap: apply}); no || err != nil || refused {
		return true, err
	}
	out, err := s.run(h, request{wrap: apply})
	if err != nil {
		return false, err
	}
	return false, out.fault()
}

// refuses reports whether Init returns an error. The error is a panic in it.
func (s *suite) refuses(h *backtest.History, r request) (refused bool, err error) {
	s.announce(h)
	cfg, err := s.config(h, r)
	if err != nil {
		return true, nil
	}
	cfg.Instruments = h.Instruments
	switch e, err := engine.New(cfg); {
	case errors.Is(err, engine.ErrInitPanic):
		return true, err
	case err != nil:
		return true, nil
	default:
		return false, e.Close()
	}
}

// unfit explains settings that a strategy does not bear, without those that do not matter.
func (s *suite) unfit(h *backtest.History, set []setting, err error) error {
	for k := len(set) - 1; k >= 0 && len(set) > 1; k-- {
		fewer := append(append([]setting(nil), set[:k]...), set[k+1:]...)
		if _, still := s.with(h, fewer); still != nil {
			set, err = fewer, still
		}
	}
	if isWarmup(err) {
		err = errors.New(early(err.Error()).Error())
	}
	return fmt.Errorf("it does not bear parameters that its tags allow: with %s it fails with: %w\n"+
		"A configuration may set them. Narrow the bounds of the param tag (param:\"min=1,max=100\"; without one any value is allowed), or return\n"+
		"an error from Init that says what does not go together",
		assigned(set), err)
}

// assigned says what settings are.
func assigned(set []setting) string {
	var words []string
	for _, v := range set {
		words = append(words, fmt.Sprintf("%s = %s", v.Key, cmp.Or(v.value, `""`)))
	}
	return strings.Join(words, " and ")
}

// odd lists values of parameters whose tags give no lower bound or no choice: none and less
// than none. Large ones are not tried: they may take all of the memory.
func odd(list []config.Param) (values []setting) {
	for _, p := range list {
		var tried []string
		switch {
		case p.Min != "" || len(p.OneOf) > 0:
		case p.Type == "whole number" || p.Type == "number" || p.Type == "decimal":
			tried = []string{"0", "-1"}
		case p.Type == "duration":
			tried = []string{"0s", "-1s"}
		case p.Type == "string":
			tried = []string{""}
		case strings.HasPrefix(p.Type, "list of "):
			tried = []string{"[]"}
		}
		for _, v := range tried {
			values = append(values, setting{p, v})
		}
	}
	return values
}

// draw returns the n-th combination of values: the bounds first, then random ones, in which
// some parameters keep their defaults.
func draw(r *rand.Rand, list []config.Param, n int) (set []setting) {
	for _, p := range list {
		v := ""
		switch {
		case len(p.OneOf) > 0:
			v = p.OneOf[r.IntN(len(p.OneOf))]
		case p.Type == "boolean":
			v = [...]string{"false", "true"}[r.IntN(2)]
		case n > 1 && r.IntN(3) == 0:
		case n == 0 || n > 1 && r.IntN(5) == 0:
			v = p.Min
		case n == 1 || n > 1 && r.IntN(5) == 0:
			v = p.Max
		default:
			v = between(r, p)
		}
		if v != "" {
			set = append(set, setting{p, v})
		}
	}
	return set
}

// between returns a value between the bounds of a parameter, small steps from the lower one
// as often as large ones; "" where it has no bounds, or is no number.
func between(r *rand.Rand, p config.Param) string {
	low, err := decimal.NewFromString(p.Min)
	high, fails := decimal.NewFromString(p.Max)
	if err != nil || fails != nil || !high.GreaterThan(low) {
		return ""
	}
	step, err := decimal.NewFromString(p.Step)
	if err != nil || !step.IsPositive() {
		step = decimal.New(1, -4)
		if p.Type == "whole number" {
			step = decimal.New(1, 0)
		}
	}
	const most = 1 << 40
	steps := int64(1)
	for steps < most && step.Mul(decimal.NewFromInt(2*steps)).LessThanOrEqual(high.Sub(low)) {
		steps *= 2
	}
	steps >>= r.IntN(bits.Len64(uint64(steps)))
	return low.Add(step.Mul(decimal.NewFromInt(r.Int64N(steps + 1)))).String()
}
