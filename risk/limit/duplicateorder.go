package limit

import (
	"fmt"
	"slices"

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

	shown market.Order     // the one reviewed last, as it was then
	left  map[place][]sent // what left and may still count, oldest first
}

// place is where a strategy may repeat itself.
type place struct {
	strategy   string
	instrument market.InstrumentID
}

// sent is what was asked for.
type sent struct {
	order market.Order
	time  market.Time
}

// Init checks the window, and listens to what leaves.
func (r *DuplicateOrder) Init(s *risk.Setup) error {
	if r.Window < 0 {
		return fmt.Errorf("window = %q must not be negative", r.Window)
	}
	r.left = map[place][]sent{}
	s.Passed(func(v *risk.View, o market.Order) {
		if o.ID == r.shown.ID { // else a strategy of another chain made it
			p := place{o.ID.Strategy, o.Instrument}
			r.left[p] = append(r.left[p], sent{r.shown, v.Now()})
		}
	})
	return nil
}

// Review refuses an order that repeats another.
func (r *DuplicateOrder) Review(v *risk.View, o market.Order) (market.Order, error) {
	p := place{o.ID.Strategy, o.Instrument}
	working := v.OpenOrders(o.Instrument)
	counts := func(d *sent) (string, bool) {
		if slices.ContainsFunc(working, func(w market.Order) bool { return w.ID == d.order.ID }) {
			return "works", true
		}
		return "left at " + d.time.String(), v.Now()-d.time < market.Time(r.Window)
	}
	kept, same := r.left[p][:0], -1
	how := ""
	for _, d := range r.left[p] {
		if word, ok := counts(&d); ok {
			if r.repeats(&o, &d.order) {
				same, how = len(kept), word
			}
			kept = append(kept, d)
		}
	}
	r.left[p], r.shown = kept, o
	if same >= 0 {
		return o, &market.Refusal{
			Rule:     duplicateOrder,
			Measured: fmt.Sprintf("order %s says the same, and %s", kept[same].order.ID, how),
			Limit:    r.allows(),
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

// repeats reports whether an order says what another one said.
func (r *DuplicateOrder) repeats(o, said *market.Order) bool {
	return o.Side == said.Side && o.Type == said.Type && o.Replaces != said.ID &&
		o.Price.Equal(said.Price) && o.Stop.Equal(said.Stop) &&
		o.Trail.Unit == said.Trail.Unit && o.Trail.By.Equal(said.Trail.By) && o.Trail.Activate.Equal(said.Trail.Activate) &&
		(r.AnySize || o.Quantity.Equal(said.Quantity) && o.Quote.Equal(said.Quote))
}
