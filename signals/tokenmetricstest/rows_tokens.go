package tokenmetricstest

import (
	"cmp"
	"fmt"
	"iter"
	"strconv"
	"strings"

	"github.com/signalman-trading/signalman/market"
)

// head is how rows about a token begin.
func (a *ask) head(t *token) row {
	r := row{{"TOKEN_ID", t.ID}, {"TOKEN_NAME", t.Name}, {"TOKEN_SYMBOL", t.Symbol}}
	if a.v3 {
		r = append(r, field{"SLUG", t.slug()})
	}
	return r
}

// link is the address of a token's page, by the key of the flow.
func (a *ask) link(t *token) field {
	if a.v3 {
		return field{"APP_LINK", "https://app.tokenmetrics.com/en/" + t.slug()}
	}
	return field{"TM_LINK", "https://app.tokenmetrics.com/" + t.slug()}
}

func (t *token) category() string { return cmp.Or(t.Category, "layer-1") }

// address is a made-up address of a contract, or empty for a coin of its own chain.
func (t *token) address() string {
	if t.category() == "layer-1" {
		return ""
	}
	return fmt.Sprintf("0x%016x%016x%08x", mix(t.seed, drawTexture, uint64(t.ID), 1), mix(t.seed, drawTexture, uint64(t.ID), 2), uint32(t.ID))
}

var venues = []string{"binance", "gate", "kraken", "okx", "bybit"}

// listed reports whether the token trades at an exchange: the smaller, the fewer.
func (t *token) listed(venue string) bool {
	for i, v := range venues {
		if strings.EqualFold(v, venue) {
			return t.rank <= 60/(i+1) || v == "gate"
		}
	}
	return false
}

func (t *token) contracts() any {
	if t.address() == "" {
		return nil
	}
	return row{{"ethereum", t.address()}}
}

func (a *ask) lists(t *token) row {
	at := []row{}
	for _, v := range venues {
		if t.listed(v) {
			at = append(at, row{{"exchange_id", v}, {"exchange_name", strings.ToUpper(v[:1]) + v[1:]}})
		}
	}
	words := map[string]string{"layer-1": "Layer 1", "defi": "DeFi", "meme": "Meme", "stablecoin": "Stablecoin"}
	of := []row{{{"category_id", 20 + len(t.category())}, {"category_name", cmp.Or(words[t.category()], t.category())}, {"category_slug", t.category()}}}
	if a.v3 && !strings.Contains(a.query.expand, "exchange_list") {
		at = []row{}
	}
	if a.v3 && !strings.Contains(a.query.expand, "category_list") {
		of = []row{}
	}
	return row{{"EXCHANGE_LIST", at}, {"CATEGORY_LIST", of}}
}

func tokenRows(a *ask) iter.Seq[func() row] { return a.each(a.tokenRow) }

func (a *ask) tokenRow(t *token) row {
	r := append(append(a.head(t), a.lists(t)...), a.link(t))
	if !a.v3 {
		r = append(r, field{"tm_link", t.slug()})
	}
	r = append(r, field{"CONTRACT_ADDRESS", t.contracts()})
	if a.legacy {
		return r
	}
	now := t.price(a.now)
	day := candle{high: now, low: now}
	if c, ok := t.candle(a.now-market.Day, a.now); ok {
		day = c
	}
	before := t.price(a.now - market.Day)
	return append(r, field{"CURRENT_PRICE", now}, field{"MARKET_CAP", t.cap(a.now)}, field{"TOTAL_VOLUME", t.volume(a.now)},
		field{"CIRCULATING_SUPPLY", t.Supply}, field{"TOTAL_SUPPLY", t.Supply * 1.1}, field{"MAX_SUPPLY", nil},
		field{"FULLY_DILUTED_VALUATION", round(t.cap(a.now)*1.1, 3)}, field{"HIGH_24H", day.high}, field{"LOW_24H", day.low},
		field{"PRICE_CHANGE_PERCENTAGE_24H_IN_CURRENCY", percent(before, now)})
}

func topRows(a *ask) iter.Seq[func() row] {
	return a.each(func(t *token) row { return append(append(a.head(t), a.lists(t)...), a.link(t)) })
}

func priceRows(a *ask) iter.Seq[func() row] {
	return a.each(func(t *token) row {
		return row{{"TOKEN_ID", strconv.Itoa(t.ID)}, {"CURRENT_PRICE", t.price(a.now)}, {"TOKEN_NAME", t.Name}, {"TOKEN_SYMBOL", strings.ToLower(t.Symbol)}}
	})
}

func (c candle) fields() row {
	return row{{"OPEN", c.open}, {"HIGH", c.high}, {"LOW", c.low}, {"CLOSE", c.close}, {"VOLUME", c.volume}}
}

// dailyRows are told once their day is over.
func dailyRows(a *ask) iter.Seq[func() row] {
	return a.daily(market.Day, (*token).pricesSince, func(t *token, d day) func() row {
		c, ok := t.candle(d.start(), (d + 1).start())
		if !ok {
			return nil
		}
		return func() row { return append(append(a.head(t), field{"DATE", d.stamp()}), c.fields()...) }
	})
}

func hourlyRows(a *ask) iter.Seq[func() row] {
	return func(yield func(func() row) bool) {
		first := dayOf(a.now)
		for _, t := range a.chosen() {
			first = min(first, t.first)
		}
		a.hours(first, func(hour, made market.Time) bool {
			for _, t := range a.chosen() {
				from := hour - market.Time(market.Hour)
				c, ok := t.candle(from, hour)
				if !ok || dayOf(from) < t.first {
					continue
				}
				c.volume = t.volume(hour)
				if !yield(func() row { return append(append(a.head(t), field{"TIMESTAMP", stamp(made)}), c.fields()...) }) {
					return false
				}
			}
			return true
		})
	}
}
