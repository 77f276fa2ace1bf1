package venue

import (
	"cmp"
	"slices"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/exchange/sim"
)

// holding is what the account has of a perpetual, and what that needs.
type holding struct {
	book *book
	*position
	sim.Position
	mark, unrealised, notional     decimal.Decimal
	initial, orders, maintenance   decimal.Decimal // margins; initial is of the position
	isolatedMargin, isolatedWallet decimal.Decimal
}

func (f *futures) holding(b *book) holding {
	h := holding{book: b, position: &f.positions[b.ID], Position: f.side.sim.Position(b.ID), mark: f.side.mark(b)}
	h.unrealised, h.notional = h.position.unrealised(h.mark), h.quantity.Mul(h.mark)
	h.initial, h.maintenance = h.Margin.Initial(h.notional.Abs()), h.Margin.Maintenance(h.notional.Abs())
	h.orders = h.Orders
	if h.Margin.Isolated {
		h.isolatedWallet, h.isolatedMargin = h.Isolated, h.Isolated.Add(h.unrealised)
	}
	return h
}

// busy reports whether there is a position or an order.
func (h *holding) busy() bool { return !h.quantity.IsZero() || len(h.book.open) > 0 }

// purse is what the account has of an asset, and what its positions need of it.
type purse struct {
	asset                        string
	wallet, cross                decimal.Decimal
	unrealised, crossUnrealised  decimal.Decimal
	initial, orders, maintenance decimal.Decimal
	free                         decimal.Decimal
}

// marginBalance is the wallet with what positions would bring.
func (p *purse) marginBalance() decimal.Decimal { return p.wallet.Add(p.unrealised) }

func (f *futures) purse(asset string) purse {
	p := purse{asset: asset, wallet: f.wallets[asset], cross: f.crossWallet(asset), free: decimal.Max(f.side.sim.Free(asset), decimal.Zero)}
	for _, b := range f.side.books {
		if b.Quote != asset {
			continue
		}
		h := f.holding(b)
		p.unrealised, p.initial = p.unrealised.Add(h.unrealised), p.initial.Add(h.initial)
		p.orders, p.maintenance = p.orders.Add(h.orders), p.maintenance.Add(h.maintenance)
		if !h.Margin.Isolated {
			p.crossUnrealised = p.crossUnrealised.Add(h.unrealised)
		}
	}
	return p
}

// crossWallet is what no isolated position has for itself.
func (f *futures) crossWallet(asset string) decimal.Decimal {
	w := f.wallets[asset]
	for _, b := range f.side.books {
		if b.Quote == asset {
			w = w.Sub(f.side.sim.Position(b.ID).Isolated)
		}
	}
	return w
}

// behind returns what stands behind a position, and what maintenance needs of that.
func (f *futures) behind(b *book) (margin, needs decimal.Decimal) {
	h := f.holding(b)
	if h.Margin.Isolated {
		return h.isolatedMargin, h.maintenance
	}
	margin = f.crossWallet(b.Quote)
	for _, other := range f.side.books {
		if o := f.holding(other); other.Quote == b.Quote && !o.Margin.Isolated {
			margin, needs = margin.Add(o.unrealised), needs.Add(o.maintenance)
		}
	}
	return margin, needs
}

// purses returns what there is of each asset, and of all together: a stable coin counts as
// another.
func (f *futures) purses() (list []purse, all purse) {
	for _, asset := range f.side.marginAssets() {
		p := f.purse(asset)
		list = append(list, p)
		all.wallet, all.cross = all.wallet.Add(p.wallet), all.cross.Add(p.cross)
		all.unrealised, all.crossUnrealised = all.unrealised.Add(p.unrealised), all.crossUnrealised.Add(p.crossUnrealised)
		all.initial, all.orders, all.maintenance = all.initial.Add(p.initial), all.orders.Add(p.orders), all.maintenance.Add(p.maintenance)
		all.free = all.free.Add(p.free)
	}
	return list, all
}

// accountTotals are what accounts of both versions say of all assets together.
type accountTotals struct {
	Initial         string `json:"totalInitialMargin"`
	Maintenance     string `json:"totalMaintMargin"`
	Wallet          string `json:"totalWalletBalance"`
	Unrealised      string `json:"totalUnrealizedProfit"`
	Margin          string `json:"totalMarginBalance"`
	PositionInitial string `json:"totalPositionInitialMargin"`
	OrderInitial    string `json:"totalOpenOrderInitialMargin"`
	Cross           string `json:"totalCrossWalletBalance"`
	CrossUnrealised string `json:"totalCrossUnPnl"`
	Available       string `json:"availableBalance"`
	MaxWithdraw     string `json:"maxWithdrawAmount"`
}

func (p *purse) totals() accountTotals {
	return accountTotals{money(p.initial.Add(p.orders)), money(p.maintenance), money(p.wallet), money(p.unrealised), money(p.marginBalance()),
		money(p.initial), money(p.orders), money(p.cross), money(p.crossUnrealised), money(p.free), money(p.free)}
}

// assetReply is what accounts say of an asset.
type assetReply struct {
	Asset           string `json:"asset"`
	Wallet          string `json:"walletBalance"`
	Unrealised      string `json:"unrealizedProfit"`
	Margin          string `json:"marginBalance"`
	Maintenance     string `json:"maintMargin"`
	Initial         string `json:"initialMargin"`
	PositionInitial string `json:"positionInitialMargin"`
	OrderInitial    string `json:"openOrderInitialMargin"`
	Cross           string `json:"crossWalletBalance"`
	CrossUnrealised string `json:"crossUnPnl"`
	Available       string `json:"availableBalance"`
	MaxWithdraw     string `json:"maxWithdrawAmount"`
	Usable          bool   `json:"marginAvailable"`
	Updated         int64  `json:"updateTime"`
}

func (f *futures) asset(p *purse) assetReply {
	return assetReply{p.asset, money(p.wallet), money(p.unrealised), money(p.marginBalance()), money(p.maintenance), money(p.initial.Add(p.orders)), money(p.initial),
		money(p.orders), money(p.cross), money(p.crossUnrealised), money(p.free), money(p.free), true, f.updated.Millis()}
}

// positionReply2 is what the account of version 2 says of a position.
type positionReply2 struct {
	Symbol          string `json:"symbol"`
	Initial         string `json:"initialMargin"`
	Maintenance     string `json:"maintMargin"`
	Unrealised      string `json:"unrealizedProfit"`
	PositionInitial string `json:"positionInitialMargin"`
	OrderInitial    string `json:"openOrderInitialMargin"`
	Leverage        string `json:"leverage"`
	IsIsolated      bool   `json:"isolated"`
	Entry           string `json:"entryPrice"`
	BreakEven       string `json:"breakEvenPrice"`
	MaxNotional     string `json:"maxNotional"`
	PositionSide    string `json:"positionSide"`
	Quantity        string `json:"positionAmt"`
	Notional        string `json:"notional"`
	IsolatedWallet  string `json:"isolatedWallet"`
	BidNotional     string `json:"bidNotional"`
	AskNotional     string `json:"askNotional"`
	Updated         int64  `json:"updateTime"`
}

func (h *holding) account2() positionReply2 {
	return positionReply2{h.book.Symbol, money(h.initial.Add(h.orders)), money(h.maintenance), money(h.unrealised), money(h.initial), money(h.orders),
		h.Margin.Leverage.String(), h.Margin.Isolated, money(h.entry()), money(h.entry()), maxNotional(&h.Margin), "BOTH", h.book.quantityText(h.quantity),
		money(h.notional), money(h.isolatedWallet), "0", "0", h.updated.Millis()}
}

// positionReply3 is what the account of version 3 says of a position.
type positionReply3 struct {
	Symbol         string `json:"symbol"`
	PositionSide   string `json:"positionSide"`
	Quantity       string `json:"positionAmt"`
	Unrealised     string `json:"unrealizedProfit"`
	IsolatedMargin string `json:"isolatedMargin"`
	Notional       string `json:"notional"`
	IsolatedWallet string `json:"isolatedWallet"`
	Initial        string `json:"initialMargin"`
	Maintenance    string `json:"maintMargin"`
	Updated        int64  `json:"updateTime"`
}

func (h *holding) account3() positionReply3 {
	return positionReply3{h.book.Symbol, "BOTH", h.book.quantityText(h.quantity), money(h.unrealised), money(h.isolatedMargin), money(h.notional),
		money(h.isolatedWallet), money(h.initial.Add(h.orders)), money(h.maintenance), h.updated.Millis()}
}

func futuresAccount2(c *call) (any, *refusal) {
	f := c.side.futures
	list, all := f.purses()
	reply := struct {
		FeeTier     int   `json:"feeTier"`
		FeeBurn     bool  `json:"feeBurn"`
		CanTrade    bool  `json:"canTrade"`
		CanDeposit  bool  `json:"canDeposit"`
		CanWithdraw bool  `json:"canWithdraw"`
		Updated     int64 `json:"updateTime"`
		MultiAssets bool  `json:"multiAssetsMargin"`
		TradeGroup  int   `json:"tradeGroupId"`
		accountTotals
		Assets    []assetReply     `json:"assets"`
		Positions []positionReply2 `json:"positions"`
	}{CanTrade: c.key.Trade, CanDeposit: true, CanWithdraw: c.key.Withdraw, TradeGroup: -1, accountTotals: all.totals(), Assets: []assetReply{}, Positions: []positionReply2{}}
	for i := range list {
		reply.Assets = append(reply.Assets, f.asset(&list[i]))
	}
	for _, b := range c.side.books {
		h := f.holding(b)
		reply.Positions = append(reply.Positions, h.account2())
	}
	return reply, nil
}

func futuresAccount3(c *call) (any, *refusal) {
	f := c.side.futures
	list, all := f.purses()
	reply := struct {
		accountTotals
		Assets    []assetReply     `json:"assets"`
		Positions []positionReply3 `json:"positions"`
	}{all.totals(), []assetReply{}, []positionReply3{}}
	for i := range list {
		reply.Assets = append(reply.Assets, f.asset(&list[i]))
	}
	for _, b := range c.side.books {
		if h := f.holding(b); h.busy() {
			reply.Positions = append(reply.Positions, h.account3())
		}
	}
	return reply, nil
}

func futuresBalance(c *call) (any, *refusal) {
	type balance struct {
		Alias       string `json:"accountAlias"`
		Asset       string `json:"asset"`
		Balance     string `json:"balance"`
		Cross       string `json:"crossWalletBalance"`
		Unrealised  string `json:"crossUnPnl"`
		Available   string `json:"availableBalance"`
		MaxWithdraw string `json:"maxWithdrawAmount"`
		Usable      bool   `json:"marginAvailable"`
		Updated     int64  `json:"updateTime"`
	}
	list := []balance{}
	purses, _ := c.side.futures.purses()
	for i := range purses {
		p := &purses[i]
		list = append(list, balance{"SgsR", p.asset, money(p.wallet), money(p.cross), money(p.crossUnrealised), money(p.free), money(p.free), true, c.side.futures.updated.Millis()})
	}
	return list, nil
}

// risk2 is what positionRisk of version 2 says.
func (h *holding) risk2() any {
	return struct {
		Symbol         string `json:"symbol"`
		Quantity       string `json:"positionAmt"`
		Entry          string `json:"entryPrice"`
		BreakEven      string `json:"breakEvenPrice"`
		Mark           string `json:"markPrice"`
		Unrealised     string `json:"unRealizedProfit"`
		Liquidation    string `json:"liquidationPrice"`
		Leverage       string `json:"leverage"`
		MaxNotional    string `json:"maxNotionalValue"`
		MarginType     string `json:"marginType"`
		IsolatedMargin string `json:"isolatedMargin"`
		AutoAdd        string `json:"isAutoAddMargin"`
		PositionSide   string `json:"positionSide"`
		Notional       string `json:"notional"`
		IsolatedWallet string `json:"isolatedWallet"`
		Updated        int64  `json:"updateTime"`
	}{h.book.Symbol, h.book.quantityText(h.quantity), money(h.entry()), money(h.entry()), money(h.mark), money(h.unrealised), h.book.priceText(h.Liquidation), h.Margin.Leverage.String(),
		maxNotional(&h.Margin), marginWord(h.Margin.Isolated), money(h.isolatedMargin), "false", "BOTH", money(h.notional), money(h.isolatedWallet), h.updated.Millis()}
}

// risk3 is what positionRisk of version 3 says.
func (h *holding) risk3() any {
	return struct {
		Symbol          string `json:"symbol"`
		PositionSide    string `json:"positionSide"`
		Quantity        string `json:"positionAmt"`
		Entry           string `json:"entryPrice"`
		BreakEven       string `json:"breakEvenPrice"`
		Mark            string `json:"markPrice"`
		Unrealised      string `json:"unRealizedProfit"`
		Liquidation     string `json:"liquidationPrice"`
		IsolatedMargin  string `json:"isolatedMargin"`
		Notional        string `json:"notional"`
		Asset           string `json:"marginAsset"`
		IsolatedWallet  string `json:"isolatedWallet"`
		Initial         string `json:"initialMargin"`
		Maintenance     string `json:"maintMargin"`
		PositionInitial string `json:"positionInitialMargin"`
		OrderInitial    string `json:"openOrderInitialMargin"`
		ADL             int    `json:"adl"`
		BidNotional     string `json:"bidNotional"`
		AskNotional     string `json:"askNotional"`
		Updated         int64  `json:"updateTime"`
	}{h.book.Symbol, "BOTH", h.book.quantityText(h.quantity), money(h.entry()), money(h.entry()), money(h.mark), money(h.unrealised), h.book.priceText(h.Liquidation), money(h.isolatedMargin),
		money(h.notional), h.book.Quote, money(h.isolatedWallet), money(h.initial.Add(h.orders)), money(h.maintenance), money(h.initial), money(h.orders), 0, "0", "0", h.updated.Millis()}
}

func positionRisk2(c *call) (any, *refusal) {
	list := []any{}
	for _, b := range c.openBooks() {
		h := c.side.futures.holding(b)
		list = append(list, h.risk2())
	}
	return list, c.bad
}

func positionRisk3(c *call) (any, *refusal) {
	list := []any{}
	for _, b := range c.openBooks() {
		if h := c.side.futures.holding(b); h.busy() {
			list = append(list, h.risk3())
		}
	}
	return list, c.bad
}

// held returns balances and positions, exactly: a balance is the wallet, of which what
// positions and orders need is locked.
func (f *futures) held() (balances []Balance, positions []Position) {
	for _, asset := range f.side.marginAssets() {
		free := decimal.Max(f.side.sim.Free(asset), decimal.Zero)
		balances = append(balances, Balance{Asset: asset, Free: free, Locked: f.wallets[asset].Sub(free)})
	}
	for _, b := range f.side.books {
		if p := &f.positions[b.ID]; !p.quantity.IsZero() {
			positions = append(positions, Position{Symbol: b.Symbol, Quantity: p.quantity, Entry: p.entry()})
		}
	}
	slices.SortFunc(positions, func(a, b Position) int { return cmp.Compare(a.Symbol, b.Symbol) })
	return balances, positions
}
