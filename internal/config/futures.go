package config

import (
	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
)

// futuresKeys are the keys of [account.X] about what kind of instruments it trades.
type futuresKeys struct {
	Market         string          `toml:"market" param:"oneof=spot|usdm"`
	Leverage       decimal.Decimal `toml:"leverage" param:"min=1"`
	Margin         string          `toml:"margin" param:"oneof=cross|isolated"`
	Netting        bool            `toml:"netting"`
	LiquidationFee decimal.Decimal `toml:"liquidation_fee" param:"min=0,max=0.5"`
	Brackets       []bracket       `toml:"brackets"`
	Funding        []string        `toml:"funding"`
}

// bracket is an element of brackets.
type bracket struct {
	Cap         decimal.Decimal     `toml:"cap" param:"min=0"`
	MaxLeverage decimal.Decimal     `toml:"max_leverage" param:"min=0"`
	Rate        decimal.NullDecimal `toml:"rate" param:"min=0,max=1"`
	Deduction   decimal.Decimal     `toml:"deduction" param:"min=0"`
}

// The values of market and margin.
const (
	spot     = "spot"
	usdm     = "usdm"
	cross    = "cross"
	isolated = "isolated"
)

// defaultBrackets is the lowest bracket of BTCUSDT at Binance without its cap.
func defaultBrackets() []market.MarginBracket {
	return []market.MarginBracket{{MaxLeverage: decimal.New(125, 0), Rate: decimal.New(4, -3)}}
}

// futures returns the keys of an account.
func (a *Account) futures() futuresKeys {
	k := futuresKeys{Market: spot, Leverage: decimal.New(1, 0), Margin: cross, LiquidationFee: decimal.New(125, -4), Netting: a.Netting, Brackets: []bracket{}, Funding: a.Funding}
	m := a.Margin
	if m == nil {
		return k
	}
	k.Market, k.Leverage, k.LiquidationFee = usdm, m.Leverage, m.LiquidationFee
	if m.Isolated {
		k.Margin = isolated
	}
	for _, b := range m.Brackets {
		k.Brackets = append(k.Brackets, bracket{b.Cap, b.MaxLeverage, decimal.NewNullDecimal(b.Rate), b.Deduction})
	}
	return k
}

// setFutures takes the keys of a table. Fees of futures are paid in quote.
func (a *Account) setFutures(k *futuresKeys) {
	a.Netting, a.Funding = k.Netting, k.Funding
	if k.Market == usdm {
		a.Margin, a.Fees.InQuote = k.margin(), true
	}
}

func (k *futuresKeys) margin() *market.Margin {
	m := &market.Margin{Leverage: k.Leverage, Isolated: k.Margin == isolated, LiquidationFee: k.LiquidationFee, Brackets: defaultBrackets()}
	if len(k.Brackets) > 0 {
		m.Brackets = nil
	}
	for _, b := range k.Brackets {
		m.Brackets = append(m.Brackets, market.MarginBracket{Cap: b.Cap, MaxLeverage: b.MaxLeverage, Rate: b.Rate.Decimal, Deduction: b.Deduction})
	}
	return m
}

// checkFutures asks for settings that belong together.
func (b *builder) checkFutures(k *futuresKeys, path []string) {
	if k.Market != usdm {
		for _, s := range []struct {
			key string
			set bool
		}{{"leverage", k.Leverage.GreaterThan(decimal.New(1, 0))}, {"margin", k.Margin == isolated}, {"netting", k.Netting}, {"brackets", len(k.Brackets) > 0}, {"funding", len(k.Funding) > 0}} {
			if s.set {
				b.addAt(child(path, s.key), true, `write market = "usdm" for perpetual futures`, "%s is for futures, and market is spot", s.key)
			}
		}
		return
	}
	if b.faulty(child(path, "brackets")) || b.faulty(child(path, "leverage")) || b.faulty(child(path, "liquidation_fee")) {
		return
	}
	for i, r := range k.Brackets {
		if !r.Rate.Valid {
			b.add(child(child(path, "brackets"), element(i)), `write { cap = "50000", max_leverage = "125", rate = "0.004", deduction = "0" }`, "a bracket needs a rate")
			return
		}
	}
	m := k.margin()
	err := m.Validate()
	if most := m.Brackets[0].MaxLeverage; err == nil && most.IsPositive() && m.Leverage.GreaterThan(most) {
		key := "leverage"
		if _, written := b.places.find(child(path, key)); !written {
			key = "brackets"
		}
		b.addAt(child(path, key), true, "", "leverage %s is above max_leverage %s of the first bracket", m.Leverage, most)
	}
	if err != nil {
		b.addAt(child(path, "brackets"), true, "", "%w", err)
	}
}
