package config_test

import (
	"slices"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/exchange"
	"github.com/signalman-trading/signalman/internal/config"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/risk"
	riskall "github.com/signalman-trading/signalman/risk/all"
	"github.com/signalman-trading/signalman/signals"
	signalsall "github.com/signalman-trading/signalman/signals/all"
	"github.com/signalman-trading/signalman/strategy"
	strategyall "github.com/signalman-trading/signalman/strategy/all"
)

// plugins returns some of the program's, with some that use every kind of field.
func plugins() config.Plugins {
	return config.Plugins{
		Strategies: append(only(strategyall.All(), func(p strategy.Plugin) string { return p.Name }, "ema_cross", "grade_follow", "rebalance", "sma_cross"), own()...),
		Rules:      only(riskall.Rules(), func(p risk.Plugin) string { return p.Name }, "max_drawdown", "max_open", "max_order", "max_position", "stop_loss"),
		Sizers:     only(riskall.Sizers(), func(p risk.SizerPlugin) string { return p.Name }, "fixed_amount", "percent_equity"),
		Sources: append(signalsall.Sources(),
			signals.Plugin{Name: "grades", New: func(e signals.Env) any { return &grades{env: e, Pages: 3} }},
			signals.Plugin{Name: "far", Remote: true, Limits: signals.Limits{Month: 50, Minute: 20}, New: func(signals.Env) any { return &grades{Pages: 3} }},
			signals.Plugin{Name: "open", Remote: true, New: func(signals.Env) any { return &grades{Pages: 3} }}),
		Exchanges: []exchange.Plugin{{Name: "binance", New: func() exchange.Exchange { return &venue{Env: "testnet"} }}},
	}
}

// own returns strategies that use every kind of field.
func own() []strategy.Plugin {
	return []strategy.Plugin{
		{Name: "every", New: func() strategy.Strategy { return newEvery() }},
		{Name: "leaky", New: func() strategy.Strategy { return &leaky{} }},
		{Name: "odd", New: func() strategy.Strategy { return &odd{} }},
	}
}

// shipped returns plugins with every strategy of the program among them.
func shipped() config.Plugins {
	p := plugins()
	p.Strategies = append(strategyall.All(), own()...)
	return p
}

// only returns the plug-ins that the tests use, so that messages which list them stay as they
// are when another one is added.
func only[P any](all []P, name func(P) string, names ...string) []P {
	return slices.DeleteFunc(all, func(p P) bool { return !slices.Contains(names, name(p)) })
}

// every has a field of each kind.
type every struct {
	inner
	Count    int                 `toml:"count" param:"min=2,max=200,step=1" doc:"how many"`
	Small    uint8               `toml:"small"`
	Ratio    float64             `toml:"ratio" param:"min=0.1"`
	On       bool                `toml:"on"`
	Text     string              `toml:"text"`
	Limit    decimal.Decimal     `toml:"limit" param:"max=10.5"`
	Stop     decimal.NullDecimal `toml:"stop"`
	Wait     market.Duration     `toml:"wait" param:"min=1s,max=2h"`
	Interval market.Interval     `toml:"interval"`
	Since    market.Time         `toml:"since"`
	Kind     market.SignalKind   `toml:"kind" param:"oneof=sentiment|trader_grade"`
	Periods  []int               `toml:"periods" param:"min=1"`
	Shares   []decimal.Decimal   `toml:"shares"`
	Legs     []leg               `toml:"legs"`
	Weights  map[string]float64  `toml:"weights"`
	Exit     leg                 `toml:"exit"`

	Untagged int
}

type inner struct {
	Depth int `toml:"depth"`
}

type leg struct {
	Side string          `toml:"side" param:"oneof=long|short"`
	Size decimal.Decimal `toml:"size"`
}

func newEvery() *every {
	return &every{Count: 20, Ratio: 0.5, Wait: market.Duration(60e9), Kind: "sentiment", Exit: leg{Side: "long"}}
}

func (*every) Init(*strategy.Setup) error { return nil }

// venue is an exchange that nobody opens.
type venue struct {
	exchange.Exchange `toml:"-"`

	Env     string        `toml:"env" param:"oneof=testnet|local"`
	Address string        `toml:"address"`
	Key     market.Secret `toml:"key"`
}

// leaky asks for a key, which no strategy gets.
type leaky struct {
	Key market.Secret `toml:"key"`
}

func (*leaky) Init(*strategy.Setup) error { return nil }

// odd has a field that no text can set.
type odd struct {
	Hook func() `toml:"hook"`
}

func (*odd) Init(*strategy.Setup) error { return nil }

// grades is a source with keys.
type grades struct {
	env     signals.Env
	Key     market.Secret            `toml:"key"`
	Pages   int                      `toml:"pages" param:"min=1,max=50"`
	Headers map[string]market.Secret `toml:"headers"`
}

const whole = `
[data]
history = "store"

[account.main]
exchange = "sim"
cash = "5000"
seed = 7
fee_maker = "0.0002"
fee_asset = "quote"
fee_discount = { asset = "BNB", balance = 10 }
from = 2021-01-01
to = "2021-06-01T12:00:00Z"
  [account.main.sim]
  latency = "250ms"
  slippage_bps = 2
  path = "ohlc"

[account.second]
cash = 100
fee_tiers = [{ volume = 1000, maker = "0.0005", taker = "0.0008" }, { volume = "2000.5", maker = 0, taker = "0.0007" }]
market = "usdm"
leverage = 20
margin = "isolated"
brackets = [{ cap = 50000, max_leverage = 125, rate = "0.004" }, { rate = "0.005", max_leverage = 100, deduction = 50 }]

[strategy.b]
type = "sma_cross"
account = "main"
symbols = ["BTCUSDT"]
interval = "1h"
weight = "0.4"
risk = "main"
  [strategy.b.params]
  fast = 5

[strategy.a]
type = "sma_cross"
account = "main"
symbols = ["ETHUSDT", "BTCUSDT"]
interval = "15m"
weight = "0.6"
risk = "main"
sizer = "small"
  [strategy.a.small]
  type = "fixed_amount"
  amount = "50"

[strategy.c]
type = "every"
account = "second"
symbols = ["BTCUSDT"]
interval = "1d"
risk = "main"
  [strategy.c.params]
  depth = 3
  limit = "0.00000001"
  stop = "-1.5"
  since = 2021-02-03
  periods = [1, 2]
  shares = ["0.1", 2]
  legs = [{side = "short", size = "1"}, {side = "long"}]
  exit.size = "3"
    [strategy.c.params.weights]
    BTC = 1
    "a b" = 0.25

[risk.main]
rules = ["daily", "max_open", "weekly"]
sizer = "percent_equity"
  [risk.main.percent_equity]
  percent = "0.1"
  [risk.main.daily]
  type = "max_drawdown"
  limit = "0.05"
  [risk.main.weekly]
  type = "max_drawdown"
  per = "week"
  limit = "0.1"

[signals.g]
type = "grades"
schedule = "5 0 * * *"
key = { env = "GRADES_KEY" }
headers.Authorization = { file = "token" }
`
