package config_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/signalman-trading/signalman/internal/config"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/signals"
)

// bad is a configuration that is refused. In its text + stands for an account and a
// strategy.
type bad struct {
	name, text string
	sets       []string
}

const good = `[account.main]
[account.main.sim]
[strategy.x]
type = "every"
account = "main"
symbols = ["BTCUSDT"]
interval = "1h"
risk = ""
`

func badTexts() []bad {
	return []bad{
		{name: "syntax", text: "[account.main]\ncash = \n"},
		{name: "syntax hides keys", text: "[signals.g]\nkey = 12ab-made-up\n"},
		{name: "twice", text: "[account.main]\n[account.main]\n"},
		{name: "unknown tables", text: "[strategies.x]\n[acount.main]\n[live]\ncash = 1\n"},
		{name: "not a table", text: "data = 1\nrisk = \"main\"\n[[strategy]]\n[account]\ncash = \"1\"\n"},
		{name: "array of tables", text: "[account.main]\n[[strategy.x]]\ntype = \"every\"\n"},
		{name: "name", text: "[account.\"a b\"]\n"},
		{name: "data", text: "[data]\nhistory = \"stor\"\ndir = \"x\"\n"},
		{name: "daemon", text: "[daemon]\nsocket = 1\nhttp = \"0.0.0.0:8640\"\ntoken = \"made-up-token\"\nmetrics = \"9640\"\nlog = \"logfmt\"\nsockets = 1\n"},
		{name: "daemon without token", text: "[daemon]\nhttp = \"127.0.0.1:8640\"\nmetrics = \"127.0.0.1:8640\"\n"},
		{name: "daemon with a port that is none", text: "[daemon]\nhttp = \"localhost:http\"\ntoken = { env = \"A\", file = \"b\" }\nmetrics = \":99999\"\n"},
		{name: "daemon is no table", text: "daemon = true\n"},
		{name: "notify", text: "[notify.a]\n[notify.slack]\nurl = \"https://hooks.made-up\"\nlevel = \"all\"\nchat = \"1\"\n[notify.telegram]\nchat = -1001\napi = \"made-up\"\nsecret = { env = \"A\" }\n" +
			"[notify.webhook]\nhook = 1\n"},
		{name: "account", text: "[account.main]\nexchange = \"binanse\"\nmode = \"demo\"\ncash = 0\nfee_maker = 0.001\nfee_taker = \"0.6\"\nfee_asset = 'base'\nseed = -1\n" +
			"from = \"2021-02-01\"\nto = 2021-01-01\n[account.live]\nmode = \"live\"\nfrom = 2021-01-01T00:00:00\nto = 2021\n"},
		{name: "exchanges", text: "[exchange.sim]\n[exchange.bin]\ntype = \"binanse\"\n[exchange.binance]\nenv = \"live\"\nkey = \"12ab-made-up\"\nkeys = 1\n[account.a]\nexchange = \"bin\"\n" +
			"[account.b]\nexchange = \"nance\"\n[account.c]\nexchange = \"sim\"\nmode = \"live\"\n"},
		{name: "no such exchange", text: "[account.a]\nexchange = \"binance\"\n"},
		{name: "fee tiers", text: "[account.main]\nfee_tiers = [\n{ volume = 100, maker = 0, taker = \"0.6\" },\n{ volume = 100, maker = 0, taker = 0 },\n{ volume = 200, maker = 0 },\n{ maker = 0, taker = 0 },\n{ volum = 300 },\n5]\n"},
		{name: "quotas", text: "[quota.far]\nmonth = -1\nweek = 3\n[quota.\"a b\"]\n[signals.g]\ntype = \"grades\"\nquota = \"far\"\n[signals.h]\ntype = \"far\"\nquota = \"fra\"\n" +
			"[signals.i]\ntype = \"far\"\nquota = \"grades\"\n[signals.j]\ntype = \"open\"\nquota = \"open\"\n"},
		{name: "flows", text: "[account.main]\nfrom = \"2021-01-01\"\nto = \"2021-12-31\"\n" + strings.TrimPrefix(good, "[account.main]\n") + "[account.main.flow.late]\namount = \"0\"\n[account.main.flow.a]\ntime = \"2020-01-01\"\namount = 10.5\nwho = \"x\"\n" +
			"[account.main.flow.b]\ntime = \"2021-03-01\"\namount = \"-5\"\nto = \"y\"\nfrom = \"y\"\n[account.main.flow.\"c d\"]\ntime = \"2022-01-01\"\namount = \"5\"\nto = \"x\"\n",
			sets: []string{"account.main.flow.d.time=2022-01-01", "account.main.to=2021-11-30", "account.main.flow.d.amount=5", "foo=1", "=1"}},
		{name: "one word each", text: "+[account.main.flow.a]\ntime = \"never\"\n[account.main.flow.b]\ntime = \"2021-03-01\"\namount = 5.5\nto = \"\"\n[account.main.flow.c]\ntime = \"2021-03-01\"\namount = \"-5\"\nfrom = \"\"\n" +
			"[account.tiers]\nfee_tiers = [{ volume = 0.5, maker = 0, taker = 0 }]\nfee_discount = { asset = \"BNB\", balance = 1.5 }\n[account.u]\nmarket = \"usdm\"\nleverage = \"0.5\"\n" +
			"[account.f]\nmarket = \"usdm\"\nfee_asset = \"received\"\n", sets: []string{"account.f.seed=99999999999999999999"}},
		{name: "futures on spot", text: "[account.main]\nleverage = 5\nmargin = \"isolated\"\nnetting = true\nbrackets = [{ rate = 0 }]\n"},
		{name: "futures", text: "[account.main]\nmarket = \"coinm\"\nleverage = \"0.5\"\nmargin = \"both\"\nliquidation_fee = 0.01\nbrackets = [\n{ cap = -1, rate = 2 },\n{ max_leverage = 5.5 }]\n" +
			"[account.a]\nmarket = \"usdm\"\nbrackets = [{ cap = 50000 }]\n[account.b]\nmarket = \"usdm\"\nleverage = 130\n" +
			"[account.c]\nmarket = \"usdm\"\nbrackets = [{ cap = 50000, rate = \"0.004\" }, { cap = 40000, rate = \"0.005\" }]\n"},
		{name: "fee discount", text: "[account.main]\nfee_discount = { asset = \"BNB\", discount = \"1.1\" }\n[account.other]\nfee_discount = { balance = \"-1\", ratio = 1 }\n"},
		{name: "sim", text: "[account.main.sim]\nlatency = 5\njitter = \"5\"\nslippage_bps = \"x\"\nparticipation = \"2\"\npath = \"best\"\ntouch = \"yes\"\ntarget_band = 0.000_1\noverflow_bps = 1e-9\nspread_bps = \"-1\"\nimpact_bps = \"10000\"\nvolatility = \"101\"\nrandom_bps = 5.5\n"},
		{name: "unknown key", text: "+fas = 1\n[strategy.x.params]\ncounts = 1\nlegs = [{side = \"long\", szie = \"1\"}]\n[[strategy.x.params.more]]\na = 1\n"},
		{name: "arrays of tables", text: "+[[strategy.x.params.legs]]\nside = \"long\"\n[[strategy.x.params.legs]]\nside = \"both\"\nsize = 0.5\nextra = 1\n"},
		{name: "types", text: "+[strategy.x.params]\ncount = \"10\"\nsmall = 300\nratio = \"half\"\non = 1\ntext = 5\nlimit = true\nstop = \"1e9\"\nwait = \"soon\"\n" +
			"interval = \"1y\"\nsince = \"yesterday\"\nkind = \"mood\"\nperiods = 3\nshares = [\"1\", 0.25]\nlegs = \"long\"\nweights = 1\ndepth = 1.5\n"},
		{name: "ranges", text: "+[strategy.x.params]\ncount = 500\nratio = 0.05\nlimit = \"10.500001\"\nwait = \"3h\"\nperiods = [\n  1,\n  0, # none\n]\nexit = {side = \"up\"}\nsmall = -1\n"},
		{name: "not finite", text: "+[strategy.x.params]\nratio = nan\nlimit = inf\n"},
		{name: "strategies", text: "[account.main]\n[strategy.sma_cros]\nsymbols = [\"BTCUSDT\", \"BTC/USDT\", \"BTCUSDT\"]\ninterval = \"1h\"\nrisk = \"mian\"\naccount = \"other\"\nweight = 0.5\n" +
			"[strategy.sma_cross]\nweight = \"0\"\n[risk.main]\n"},
		{name: "symbols of another type", text: "[account.main]\n[strategy.sma_cross]\ninterval = 3600\nsymbols = \"BTCUSDT\"\n"},
		{name: "no account", text: "[strategy.sma_cross]\nsymbols = [\"BTCUSDT\"]\ninterval = \"1h\"\n"},
		{name: "which account", text: "[account.a]\n[account.b]\n[strategy.sma_cross]\nsymbols = [\"BTCUSDT\"]\ninterval = \"1h\"\n"},
		{name: "weights", text: "+[strategy.y]\ntype = \"every\"\nsymbols = [\"BTCUSDT\"]\ninterval = \"1h\"\nweight = \"0.5\"\n"},
		{name: "risk", text: "[risk.main]\nrules = [\"max_ordr\", \"daily\", \"max_open\", \"max_open\", \"rules\", \"max_order\"]\nsizer = \"fixed\"\nlimit = \"1\"\n[risk.main.daily]\ntype = \"max_drawdwn\"\n" +
			"[risk.main.max_position]\npercent = \"0.1\"\n[risk.main.max_open]\ncount = 0\ntyp = \"max_open\"\n[risk.b]\nrules = [\"max_open\"]\nmax_open = 5\n[risk.c]\nsizer = \"percent_equity\"\n[risk.c.percent_equity]\npercent = 0.1\n"},
		{name: "one fault of a shared chain", text: "+[strategy.y]\ntype = \"every\"\nsymbols = [\"BTCUSDT\"]\ninterval = \"1h\"\nweight = \"0\"\nrisk = \"main\"\n[risk.main]\nrules = [\"max_open\"]\nmax_open.count = 0\n"},
		{name: "signals", text: "[signals.grade]\nschedule = \"@every 5m\"\n[signals.g]\ntype = \"grades\"\nschedule = \"5 0 * *\"\nkey = \"made-up-key\"\npages = 0\npage = 1\n" +
			"[signals.h]\ntype = \"grades\"\nkey = { env = \"A\", file = \"b\" }\nheaders.A = { name = \"X\" }\nheaders.B = { }\n"},
		{name: "plug-ins at fault", text: "[account.main]\n[strategy.leaky]\nsymbols = [\"A\"]\ninterval = \"1h\"\nweight = \"0.1\"\n[strategy.odd]\nsymbols = [\"A\"]\ninterval = \"1h\"\nweight = \"0.1\"\nparams.hook = 1\n"},
		{name: "sets", text: "+", sets: []string{
			"strategy.y.params.count=1", "strategy.x.params.cuont=1", "strategy.x.params.count=1", "account.main.cash", "=1", "account.main.sim.path.x=1",
			"strategy.x.weight=2", "strategy.x.type.x=1", "strategy.x.interval=1y", "signals.g.key=made-up", "live.x=1", "account.main.cash=many",
		}},
		{name: "secret set", text: "[signals.grades]\n", sets: []string{"signals.grades.key=made-up-key", "signals.grades.pages=0"}},
	}
}

// TestBadConfigurations compares with testdata/bad.txt, which shows each text with its
// errors.
func TestBadConfigurations(t *testing.T) {
	var b strings.Builder
	few := plugins() // the errors list them
	few.Sources = slices.DeleteFunc(few.Sources, func(p signals.Plugin) bool { return p.Sample != "" && p.Name != "file" })
	for _, x := range badTexts() {
		text := strings.Replace(x.text, "+", good, 1)
		c, err := config.Parse("strategies.toml", []byte(text), few, x.sets)
		if err == nil || c != nil || market.ClassOf(err) != market.Usage {
			t.Errorf("%s: %v", x.name, err)
		}
		fmt.Fprintf(&b, "== %s\n%s", x.name, text)
		for _, set := range x.sets {
			fmt.Fprintf(&b, "--set %s\n", set)
		}
		fmt.Fprintf(&b, "-- errors\n%v\n\n", err)
	}
	golden(t, "bad.txt", b.String())
}

func TestErrorsAreBounded(t *testing.T) {
	var b strings.Builder
	for i := range 50 {
		fmt.Fprintf(&b, "unknown%02d = 1\n", i)
	}
	_, err := config.Parse("strategies.toml", []byte(b.String()), plugins(), nil)
	lines := strings.Split(fmt.Sprint(err), "\n")
	if len(lines) != 21 || lines[20] != "strategies.toml: 30 more errors; mend these first" {
		t.Errorf("%v", err)
	}
}

func TestKeysNeverShow(t *testing.T) {
	const key = "0made-up-key-of-nobody"
	for _, text := range []string{
		"[signals.g]\ntype = \"grades\"\nkey = { env = \"" + key + "\" }\n", "[signals.g]\ntype = \"grades\"\nkey = \"" + key + "\"\n", "[signals.g]\ntype = \"grades\"\nkey = { env = \"A\", value = \"" + key + "\" }\n",
		"[signals.g]\ntype = \"grades\"\napi_key = \"" + key + "\"\n", "[signals.g]\ntype = \"grades\"\nkey = " + key + "\n",
		"[account.main]\nkey = \"" + key + "\n", "[signals.g]\ntype = \"grades\"\nkey = [\"" + key + "\"]\n",
	} {
		if _, err := config.Parse("strategies.toml", []byte(text), plugins(), nil); err == nil || strings.Contains(err.Error(), key) {
			t.Errorf("%s%v", text, err)
		}
	}
}
