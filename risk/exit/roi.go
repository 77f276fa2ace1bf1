package exit

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/risk"
)

const roiSample = `[risk.main]
rules = ["roi"]
  [risk.main.roi.table]
  "0"  = "0.04"
  "20" = "0.02"
  "30" = "0.01"
  "40" = "0"
`

// ROIPlugin describes the rule roi.
func ROIPlugin() risk.Plugin {
	return risk.Plugin{
		Name:   "roi",
		Doc:    "closes a position at a return that may fall with the time since its entry",
		Sample: roiSample,
		New:    func() risk.Rule { return &ROI{At: atVenue} },
	}
}

// ROI closes the whole of a position once closing brings the return that its table names
// for the minutes since the entry: that of the last row whose minutes have passed. The
// return has the fees of entering and closing in it. A row steps in at the first bar close
// at which its minutes have passed.
type ROI struct {
	Table map[string]decimal.Decimal `toml:"table" doc:"minutes since the entry, and the least return at which it closes: \"30\" = \"0.01\"; \"-1\" closes at any"`
	At    string                     `toml:"at" param:"oneof=venue|close" doc:"venue rests a limit order there, where it takes one beside a stop; close looks at bar closes"`

	keeper keeper
	rows   []row // by time
}

// row is one line of a table.
type row struct {
	after market.Time // since the entry
	least float64     // return
}

// Init checks the settings and subscribes to bars and orders.
func (r *ROI) Init(s *risk.Setup) error {
	if err := errors.Join(r.read(), checkAt(r.At)); err != nil {
		return err
	}
	r.keeper = keeper{at: r.At, levels: r.levels, moves: r.moves}
	r.keeper.start(s)
	return nil
}

// read sorts the table.
func (r *ROI) read() error {
	r.rows = nil
	for _, key := range slices.Sorted(maps.Keys(r.Table)) {
		n, err := strconv.ParseUint(key, 10, 32)
		if err != nil || key != strconv.FormatUint(n, 10) {
			return fmt.Errorf("table: %q is not a whole number of minutes", key)
		}
		least := r.Table[key]
		if least.LessThan(decimal.New(-1, 0)) {
			return fmt.Errorf("table: %q = %s is less than -1, and no more can be lost", key, least)
		}
		r.rows = append(r.rows, row{market.Time(n) * market.Time(market.Minute), market.Float(least)})
	}
	if len(r.rows) == 0 {
		return fmt.Errorf("table is empty: name a return, as in \"0\" = \"0.04\"")
	}
	slices.SortFunc(r.rows, func(a, b row) int { return cmp.Compare(a.after, b.after) })
	return nil
}

// Review lets every order pass. It says the last close, and the level at which the
// position is closed as things stand.
func (r *ROI) Review(v *risk.View, o market.Order) (market.Order, error) {
	return r.keeper.review(v, o)
}

// levels sets the target of the row at hand.
func (r *ROI) levels(v *risk.View, h *hold) {
	if at := r.at(v.Now() - h.since); at >= 0 {
		h.target = max(h.worth(r.rows[at].least), 0)
	}
}

// moves does, too, and says whether the row closes at any return.
func (r *ROI) moves(d *risk.Desk, h *hold) bool {
	r.levels(&d.View, h)
	at := r.at(d.Now() - h.since)
	return at >= 0 && r.rows[at].least <= -1
}

// at returns the last row whose time has passed, or -1.
func (r *ROI) at(age market.Time) int {
	k := len(r.rows) - 1
	for k >= 0 && r.rows[k].after > age {
		k--
	}
	return k
}
