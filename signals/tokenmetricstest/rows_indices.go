package tokenmetricstest

import (
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/signalman-trading/signalman/market"
)

// index is a made-up index: the largest tokens of a category, or of all.
type index struct {
	id           int
	name, ticker string
	kind         string // active or passive
	category     string // empty: all
	coins        int
}

var indices = []index{
	{1, "Made-up Large Caps", "MLC", "active", "", 10},
	{2, "Made-up Market", "MKT", "passive", "", 25},
	{3, "Made-up DeFi", "MDF", "active", "defi", 8},
	{4, "Made-up Meme", "MEM", "active", "meme", 8},
	{5, "Made-up Layer 1", "ML1", "passive", "layer-1", 12},
}

// holds returns the tokens in an index.
func (m *model) holds(x index) (in []*token) {
	for _, t := range m.tokens {
		if (x.category == "" || t.category() == x.category) && len(in) < x.coins {
			in = append(in, t)
		}
	}
	return in
}

// level returns what an index is worth, with 100 on the first day of signals.
func (m *model) level(x index, at market.Time) float64 {
	in := m.holds(x)
	if len(in) == 0 {
		return 100
	}
	sum := 0.0
	for _, t := range in {
		sum += t.price(at) / t.price(firstSignals.start())
	}
	return 100 * sum / float64(len(in))
}

// asked returns the index that a query is about.
func (a *ask) asked() (index, bool) {
	for _, x := range indices {
		switch {
		case a.query.id == x.id, a.query.index != "" && strings.EqualFold(a.query.index, x.category):
			return x, true
		case a.query.kind == "trader" && x.id == 1, a.query.kind == "investor" && x.id == 2:
			return x, true
		}
	}
	return index{}, false
}

func indexRows(a *ask) iter.Seq[func() row] {
	var rows []row
	for _, x := range indices {
		if a.query.kind == "" || a.query.kind == x.kind {
			rows = append(rows, a.indexRow(x))
		}
	}
	return list(rows)
}

func (a *ask) indexRow(x index) row {
	m, d := a.server.model, a.newest(a.server.model.snapshot)
	at := m.at(d)
	level := m.level(x, at)
	back := func(days market.Time) float64 { return round(100*(level/m.level(x, at-days*market.Day)-1), 2) }
	worth, traded, grade, in := 0.0, 0.0, 0.0, m.holds(x)
	icons := row{}
	for _, t := range in {
		worth, traded, grade = worth+t.cap(at), traded+t.volume(at), grade+a.grades(t, d).trader/float64(len(in))
		if len(icons) < 3 {
			icons = append(icons, field{fmt.Sprint(t.ID), append(row{{"name", t.Name}}, icon(t)...)})
		}
	}
	return row{{"ID", x.id}, {"NAME", x.name}, {"TICKER", x.ticker}, {"PRICE", round(level, 4)}, {"COINS", len(in)}, {"24H", back(1)}, {"7D", back(7)}, {"1M", back(30)},
		{"24H_VOLUME", round(traded, 3)}, {"INDEX_GRADE", round(grade, 2)}, {"ALL_TIME", round(level-100, 2)}, {"MARKET_CAP", round(worth, 3)}, {"TOP_GAINERS_ICONS", icons}}
}

func icon(t *token) row {
	at := "https://icons.example.com/" + t.slug()
	return row{{"large", at + "-large.png"}, {"small", at + "-small.png"}, {"thumb", at + "-thumb.png"}}
}

// weights returns the shares of the tokens of an index, which sum to 1.
func (m *model) weights(in []*token, at market.Time) []float64 {
	list, sum := make([]float64, len(in)), 0.0
	for i, t := range in {
		list[i] = t.cap(at)
		sum += list[i]
	}
	for i := range list {
		list[i] /= sum
	}
	return list
}

func holdingRows(a *ask) iter.Seq[func() row] {
	x, ok := a.asked()
	if !ok {
		return list(nil)
	}
	m, d := a.server.model, a.newest(a.server.model.snapshot)
	at, in := m.at(d), m.holds(x)
	var rows []row
	for i, w := range m.weights(in, at) {
		t := in[i]
		g := a.grades(t, d)
		rows = append(rows, append(a.head(t), field{"COIN", t.Name}, field{"CG_ID", t.slug()}, field{"WEIGHT", round(100*w, 4)},
			field{"MARKET_CAP", t.cap(at)}, field{"PRICE", t.price(at)}, field{"CURRENT_ROI", round(t.price(at)/t.price(at-30*market.Day)-1, 4)},
			field{"TRADER_GRADE", g.trader}, field{"TRADER_GRADE_CHANGE_24H", a.since24(t, d, func(g grades) float64 { return g.trader })},
			field{"ICON", "https://icons.example.com/" + t.slug() + ".png"}, field{"DATE", d.stamp()}))
	}
	return list(rows)
}

// performanceRows are oldest first.
func performanceRows(a *ask) iter.Seq[func() row] {
	x, ok := a.asked()
	if !ok {
		return list(nil)
	}
	m := a.server.model
	return a.ascending(firstSignals, func(d day) row {
		at, worth, traded := m.at(d), 0.0, 0.0
		for _, t := range m.holds(x) {
			worth, traded = worth+t.cap(at), traded+t.volume(at)
		}
		r := row{}
		if !a.legacy {
			r = row{{"ID", x.id}}
		}
		return append(r, field{"DATE", d.stamp()}, field{"INDEX_CUMULATIVE_ROI", round(m.level(x, at)/100-1, 10)},
			field{"MARKET_CAP", round(worth, 5)}, field{"VOLUME", round(traded, 6)}, field{"FDV", round(worth*1.1, 6)})
	})
}

// The rows below are those of endpoints that only the old flow has.

var indicators = []string{"adosc", "adxr", "apo", "bollinger", "bop", "breakout", "cci", "follow_yesterday", "frama", "mama", "mom",
	"ppo", "roc", "rsi", "sar", "true_range_volume", "volume_deviation"}

func indicatorRows(a *ask) iter.Seq[func() row] {
	return func(yield func(func() row) bool) {
		for t, d := range a.walk(a.server.model.snapshot, (*token).signalsSince) {
			for k, name := range indicators {
				if len(a.query.indicators) > 0 && !slices.Contains(a.query.indicators, name) {
					continue
				}
				trend := int(mix(a.server.o.Seed, drawIndex, uint64(t.ID), uint64(d/5), uint64(k))%3) - 1
				if !yield(func() row {
					return row{{"TOKEN_ID", t.ID}, {"TOKEN_NAME", t.Name}, {"SYMBOL", strings.ToLower(t.Symbol)}, {"DATE", d.stamp()}, {"INDICATOR", name}, {"TREND", trend}}
				}) {
					return
				}
			}
		}
	}
}

// portfolioRows are the holdings of the trader's or the investor's index, day by day.
func portfolioRows(a *ask) iter.Seq[func() row] {
	m := a.server.model
	x := indices[0]
	if a.route.name == "investor-indices" {
		x = indices[1]
	}
	in := m.holds(x)
	a.tokens = in
	return a.daily(m.snapshot, (*token).signalsSince, func(t *token, d day) func() row {
		return func() row {
			at := m.at(d)
			w := m.weights(in, at)[slices.Index(in, t)]
			return row{{"PORTFOLIO_DATE", d.stamp()}, {"TOKEN_ID", t.ID}, {"TOKEN_NAME", t.Name}, {"TOKEN_SYMBOL", t.Symbol},
				{"INDEX_WEIGHT", round(w, 6)}, {"INITIAL_PRICE", t.price(at - 30*market.Day)}, {"AMOUNT_OF_TOKENS", round(10000*w/t.price(at), 6)}}
		}
	})
}

func mapRows(a *ask) iter.Seq[func() row] {
	x, ok := a.asked()
	if !ok {
		return list(nil)
	}
	m := a.server.model
	at := m.at(a.newest(m.snapshot))
	in := m.holds(x)
	var rows []row
	for i, w := range m.weights(in, at) {
		t := in[i]
		rows = append(rows, row{{"NAME", t.Name}, {"ICON", icon(t)}, {"WEIGHT", round(100*w, 4)},
			{"PCT_CHANGE", percent(t.price(at-market.Day), t.price(at))}, {"CG_ID", t.slug()}, {"CHAIN_ID", 1}, {"TOKEN_ADDRESS", t.address()}})
	}
	return list(rows)
}

func transactionRows(a *ask) iter.Seq[func() row] {
	x, ok := a.asked()
	if !ok {
		return list(nil)
	}
	m := a.server.model
	a.tokens = m.holds(x)
	return a.daily(m.snapshot, (*token).signalsSince, func(t *token, d day) func() row {
		draw := around(m.seed, drawIndex, uint64(t.ID), uint64(d))
		if draw > -0.9 && draw < 0.9 {
			return nil
		}
		return func() row {
			action, usd := "Increase", round(10000*(draw*draw), 2)
			if draw < 0 {
				action = "Decrease"
			}
			r := row{{"DATE", d.stamp()}, {"TOKEN_ID", t.ID}, {"TOKEN_NAME", t.Name}, {"TOKEN_SYMBOL", t.Symbol}, {"ICON", "https://icons.example.com/" + t.slug() + ".png"},
				{"ACTION", action}, {"TRANSACTION_SIZE_IN_PCT", round(draw*draw, 4)}, {"TRANSACTION_SIZE_IN_USD", usd},
				{"TRANSACTION_SIZE_IN_TOKENS", round(usd/t.price(m.at(d)), 6)}, {"TIMESTAMP", stamp(m.at(d))}, {"TOTAL_COUNT", 1}}
			if a.query.index != "" {
				r = append(r, field{"SECTOR", x.category})
			}
			return r
		}
	})
}
