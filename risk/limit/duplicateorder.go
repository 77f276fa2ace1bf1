package limit

import (
	"fmt"
	"slices"
	"strings"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/risk"
)

const duplicateOrder = "duplicate_order"

const duplicateOrderSample = `[risk.main]
rules = ["duplicate_order"]
  [risk.main.duplicate_order]
  window = "10m"
`

// DuplicateOrderPlugin describes the rule duplicate_order.
func DuplicateOrderPlugin() risk.Plugin {
	return risk.Plugin{
		Name:   duplicateOrder,
		Doc:    "refuses what a strategy has asked for already: while the first works, and within a window of time",
		Sample: duplicateOrderSample,
		New:    func() risk.Rule { return &DuplicateOrder{} },
	}
}

// DuplicateOrder refuses an order that says the same as one of the same strategy which
// works, or which left less than Window ago: instrument, side, type, prices and size, as this
// rule was shown them. An order may always replace its like.
type DuplicateOrder struct {
	Window  market.Duration `toml:"window" param:"min=0s,max=366d" doc:"how long an order counts after it has left, whatever became of it; 0 is only while it works"`
	AnySize bool            `toml:"any_size" doc:"an order of another size says the same too"`

	shown sent // the one reviewed last
	left  map[place]*memory
}

// place is where a strategy may repeat itself.
type place struct {
	strategy   string
	instrument market.InstrumentID
}

// memory is what left at a place and may still count, oldest first.
type memory struct {
	list []sent
	full int // how long the list grows until what counts no more is looked for
}

// sent is an order, and what it said.
type sent struct {
	id   market.OrderID
	time market.Time
	says string
}

// Init checks the window, and listens to what leaves.
func (r *DuplicateOrder) Init(s *risk.Setup) error {
	if r.Window < 0 {
		return fmt.Errorf("window = %q must not be negative", r.Window)
	}
	r.left = map[place]*memory{}
	s.Passed(func(v *risk.View, o market.Order) {
		if o.ID == r.shown.id { // else a strategy of another chain made it
			r.remember(v, o.Instrument)
		}
	})
	return nil
}

// remember keeps what was shown last, which has left.
func (r *DuplicateOrder) remember(v *risk.View, i market.InstrumentID) {
	p := place{v.Strategy(), i}
	m := r.left[p]
	if m == nil {
		m = &memory{}
		r.left[p] = m
	}
	if len(m.list) >= m.full {
		working := v.OpenOrders(i)
		m.list = slices.DeleteFunc(m.list, func(x sent) bool { return !r.recent(v, &x) && !among(working, x.id) })
		m.full = 2*len(m.list) + 16
	}
	m.list = append(m.list, r.shown)
}

// recent reports whether an order counts whatever became of it.
func (r *DuplicateOrder) recent(v *risk.View, x *sent) bool {
	return v.Now()-x.time < market.Time(r.Window)
}

func among(working []market.Order, id market.OrderID) bool {
	return slices.ContainsFunc(working, func(w market.Order) bool { return w.ID == id })
}

// Review refuses an order that repeats another.
func (r *DuplicateOrder) Review(v *risk.View, o market.Order) (market.Order, error) {
	r.shown = sent{o.ID, v.Now(), r.says(&o)}
	if m := r.left[place{v.Strategy(), o.Instrument}]; m != nil {
		for i := range m.list {
			x := &m.list[i]
			if x.says != r.shown.says || x.id == o.Replaces {
				continue
			}
			how := "works"
			if !among(v.OpenOrders(o.Instrument), x.id) {
				how = "left at " + x.time.String()
			}
			if how == "works" || r.recent(v, x) {
				return o, &market.Refusal{Rule: duplicateOrder, Measured: fmt.Sprintf("order %s says the same, and %s", x.id, how), Limit: r.allows()}
			}
		}
	}
	v.Measured(decimal.Zero, decimal.Zero, "orders that say the same")
	return o, nil
}

func (r *DuplicateOrder) allows() string {
	if r.Window > 0 {
		return "once while it works and in " + r.Window.String()
	}
	return "once while it works"
}

// says returns what an order says, in one word.
func (r *DuplicateOrder) says(o *market.Order) string {
	words := []string{o.Side.String(), o.Type.String(), o.Price.String(), o.Stop.String(), o.Trail.By.String(), o.Trail.Unit.String(), o.Trail.Activate.String()}
	if !r.AnySize {
		words = append(words, o.Quantity.String(), o.Quote.String())
	}
	return strings.Join(words, " ")
}
