package config

import (
	"slices"
	"strings"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/exchange"
	"github.com/signalman-trading/signalman/market"
)

// accountKeys are the keys of [account.X].
type accountKeys struct {
	Exchange string          `toml:"exchange"`
	Mode     string          `toml:"mode" param:"oneof=paper|live"`
	Cash     decimal.Decimal `toml:"cash" param:"min=0"`
	Seed     uint64          `toml:"seed"`
	FeeMaker decimal.Decimal `toml:"fee_maker" param:"min=0,max=0.5"`
	FeeTaker decimal.Decimal `toml:"fee_taker" param:"min=0,max=0.5"`
	FeeAsset string          `toml:"fee_asset" param:"oneof=received|quote"`
	FeeTiers []feeTier       `toml:"fee_tiers"`
	Discount feeDiscount     `toml:"fee_discount"`
	futuresKeys
	Venue  string          `toml:"venue"`
	From   market.Time     `toml:"from"`
	To     market.Time     `toml:"to"`
	Detail market.Interval `toml:"detail"`
	Audit  bool            `toml:"audit"`
	// What a session at work does.
	OnExit    string          `toml:"on_exit" param:"oneof=keep|cancel"`
	MaxLoss   decimal.Decimal `toml:"max_loss" param:"min=0,max=1"`
	StaleBars int             `toml:"stale_bars" param:"min=0,max=1000"`
	Sim       SimOptions      `toml:"sim"`
	Flow      flowTables      `toml:"flow"`
}

// feeTier is an element of fee_tiers.
type feeTier struct {
	Volume decimal.Decimal     `toml:"volume" param:"min=0"`
	Maker  decimal.NullDecimal `toml:"maker" param:"min=0,max=0.5"`
	Taker  decimal.NullDecimal `toml:"taker" param:"min=0,max=0.5"`
}

// feeDiscount is the table fee_discount.
type feeDiscount struct {
	Asset    string          `toml:"asset" doc:"pays the fees while it lasts; none where empty"`
	Discount decimal.Decimal `toml:"discount" param:"min=0,max=1" doc:"fraction of the fee that is not charged then"`
	Balance  decimal.Decimal `toml:"balance" param:"min=0" doc:"of the asset at the start"`
}

// The values of mode and fee_asset, and the exchange that is always there.
const (
	simulated = "sim"
	paper     = "paper"
	received  = "received"
	keep      = "keep"
	cancel    = "cancel"
	quote     = "quote"
)

// DefaultAccount returns what [account.NAME] is without keys: the simulated venue with
// 10,000 and fees of 0.1 % in the received asset.
func DefaultAccount(name string) Account {
	fee := decimal.New(1, -3)
	return Account{
		Name: name, Exchange: simulated, Mode: paper, Cash: decimal.New(10_000, 0), OnExit: keep, StaleBars: 3,
		Fees: market.Fees{Maker: fee, Taker: fee}, Discount: market.FeeDiscount{Discount: decimal.New(25, -2)},
		Sim: SimOptions{
			Participation: decimal.New(1, -1), OverflowBps: decimal.New(50, 0),
			Path: "pessimistic", TargetBand: decimal.New(5, -3),
		},
	}
}

// keys returns the table of an account.
func (a *Account) keys() accountKeys {
	k := accountKeys{
		Exchange: a.Exchange, Mode: a.Mode, Cash: a.Cash, Seed: a.Seed, FeeMaker: a.Fees.Maker, FeeTaker: a.Fees.Taker,
		FeeAsset: received, Venue: a.Venue, From: a.From, To: a.To, Detail: a.Detail, Sim: a.Sim, Discount: feeDiscount(a.Discount), futuresKeys: a.futures(),
	}
	k.Audit, k.Flow, k.OnExit, k.MaxLoss, k.StaleBars = a.Audit, a.flowKeys(), a.OnExit, a.MaxLoss, a.StaleBars
	if a.Fees.InQuote {
		k.FeeAsset = quote
	}
	for _, t := range a.Fees.Tiers {
		k.FeeTiers = append(k.FeeTiers, feeTier{t.Volume, decimal.NewNullDecimal(t.Maker), decimal.NewNullDecimal(t.Taker)})
	}
	return k
}

// set takes the keys of a table.
func (a *Account) set(k accountKeys) {
	a.Exchange, a.Mode, a.Cash, a.Seed, a.From, a.To, a.Detail, a.Sim = k.Exchange, k.Mode, k.Cash, k.Seed, k.From, k.To, k.Detail, k.Sim
	a.Audit, a.Venue, a.OnExit, a.MaxLoss, a.StaleBars = k.Audit, strings.ToLower(k.Venue), k.OnExit, k.MaxLoss, k.StaleBars
	a.setFlows(k.Flow)
	a.Discount = market.FeeDiscount(k.Discount)
	a.Fees = market.Fees{Maker: k.FeeMaker, Taker: k.FeeTaker, InQuote: k.FeeAsset == quote}
	for _, t := range k.FeeTiers {
		a.Fees.Tiers = append(a.Fees.Tiers, market.FeeTier{Volume: t.Volume, Maker: t.Maker.Decimal, Taker: t.Taker.Decimal})
	}
	a.setFutures(&k.futuresKeys)
}

// entries lists the keys. Whether a run is audited, what becomes of orders when it is stopped
// and when it halts for bars that are missing does not change what its journal says: that is
// no part of a hash, and neither is a venue that was not chosen, nor a limit that is off.
func (a *Account) entries(hash bool) []entry {
	keys := a.keys()
	return slices.DeleteFunc(encode(&keys), func(e entry) bool {
		switch e.key {
		case "audit", "funding", "on_exit", "stale_bars":
			return hash
		case "venue":
			return hash && a.Venue == ""
		case "max_loss":
			return hash && a.MaxLoss.IsZero()
		}
		return e.key == "flow" && len(a.Flows) == 0
	})
}

// accounts reads the tables [account.X].
func (b *builder) accounts() {
	for _, n := range b.section("account") {
		a := DefaultAccount(n.name)
		keys := a.keys()
		b.decode(&keys, n.table, n.path)
		b.checkAccount(&keys, n.path)
		a.set(keys)
		b.config.Accounts = append(b.config.Accounts, a)
	}
}

func (b *builder) checkAccount(k *accountKeys, path []string) {
	if venues := b.venues(); !slices.Contains(venues, k.Exchange) {
		all := append(names(b.Exchanges, func(p exchange.Plugin) string { return p.Name }), venues...)
		slices.Sort(all)
		hint := known("exchanges", k.Exchange, slices.Compact(all))
		if slices.ContainsFunc(b.Exchanges, func(p exchange.Plugin) bool { return p.Name == k.Exchange }) {
			hint = "add a table [exchange." + k.Exchange + "]"
		}
		b.addAt(child(path, "exchange"), true, hint, "unknown exchange %q", k.Exchange)
	}
	if k.Exchange == simulated && k.Mode == "live" {
		b.addAt(child(path, "mode"), true, `write mode = "paper", or name another exchange`, "the exchange sim has no live mode")
	}
	if k.Cash.IsZero() {
		b.addAt(child(path, "cash"), true, "", "cash must be above 0")
	}
	b.checkTiers(k, path)
	b.checkFutures(&k.futuresKeys, path)
	if k.Market == usdm && k.FeeAsset == received {
		if _, written := b.places.find(child(path, "fee_asset")); written {
			b.addAt(child(path, "fee_asset"), true, `write fee_asset = "quote", or leave it out`, "fee_asset = %q: a future's fees are paid in quote", received)
		}
	}
	discount := child(path, "fee_discount")
	if d := &k.Discount; (d.Asset == "") != d.Balance.IsZero() && !b.faulty(child(discount, "balance")) && !b.faulty(child(discount, "asset")) {
		b.add(discount, `write fee_discount = { asset = "BNB", discount = "0.25", balance = "10" }`, "fees paid in another asset need the asset and a balance above 0")
	}
	if k.From != 0 && k.To != 0 && k.From >= k.To {
		b.addAt(child(path, "to"), true, "", "to = %s must be after from = %s", k.To, k.From)
	}
}

// checkTiers asks for whole tiers, whose volumes rise.
func (b *builder) checkTiers(k *accountKeys, path []string) {
	from := decimal.Zero
	for i, t := range k.FeeTiers {
		at := child(child(path, "fee_tiers"), element(i))
		switch {
		case b.faulty(at):
		case !t.Maker.Valid || !t.Taker.Valid || t.Volume.IsZero():
			b.add(at, `write { volume = "1000000", maker = "0.0009", taker = "0.001" }`, "a fee tier needs a volume above 0, maker and taker")
		case !t.Volume.GreaterThan(from):
			b.addAt(child(at, "volume"), true, "", "volume = %s must be above %s, that of the tier before", t.Volume, from)
		}
		from = t.Volume
	}
}
