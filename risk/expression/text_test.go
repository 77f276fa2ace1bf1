package expression

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/expr-lang/expr/builtin"
)

// TestWhatIsWrongAndWhere reads texts that make no sense.
func TestWhatIsWrongAndWhere(t *testing.T) {
	const names = "known names: account, bar, equity, now, order, position, price, strategy; functions: abs, duration, has_market_signal, has_signal, market_signal, max, min, signal"
	for _, c := range [][2]string{
		{"equty > 1", "column 1 of the expression: unknown name equty; " + names},
		{"1 < order.size", "column 11 of the expression: order has no part size; it has notional, quantity, price, side, type, symbol, base"},
		{"order > 1", "column 1 of the expression: order has parts: notional, quantity, price, side, type, symbol, base"},
		{"equity.cash > 1", "column 8 of the expression: equity has no part cash; it has "},
		{"equity > 'much'", "column 8 of the expression: invalid operation: > (mismatched types float64 and string)"},
		{"equity + order.side > 1", "column 8 of the expression: invalid operation: + (mismatched types float64 and string)"},
		{"equity", "expected bool, but got float64"},
		{"equity >", "column 8 of the expression: unexpected token EOF"},
		{"equity > 1 &&\n  (price < 2", "line 2, column 12 of the expression: unexpected token EOF"},
		{"equity ** 2 > 1", "column 8 of the expression: unknown operator **; known: and && or || not ! == != < <= > >= in + - * /"},
		{"order.symbol matches '.*'", "column 14 of the expression: unknown operator matches; known: and && or || not ! == != < <= > >= in + - * /"},
		{"signal('trader_grade') > 50", "column 1 of the expression: signal(…) has parts: value, age, known, source"},
		{"signal('trader_grade').grade > 50", "column 24 of the expression: a signal has no part grade; it has value, age, known, source"},
		{"signal(order.symbol).value > 50", "column 14 of the expression: signal takes its names in quotes, so that it is known beforehand what is read"},
		{"signal('trader' + '_grade').value > 50", "column 17 of the expression: signal takes its names in quotes, so that it is known beforehand what is read"},
		{"signal().value > 50", "column 1 of the expression: signal takes a kind, and a source if one is to count alone: signal(\"trader_grade\", \"tm\")"},
		{"has_signal(5)", "column 12 of the expression: has_signal takes its names in quotes, so that it is known beforehand what is read"},
		{"bar.age < duration('3 hours')", "column 11 of the expression: duration \"3 hours\" is not a span like 90s, 36h or 2d"},
		{"bar.age < duration(3)", "column 11 of the expression: duration takes one text in quotes: duration(\"36h\")"},
		{"equity > sqrt(2)", "column 10 of the expression: unknown function sqrt; known functions: abs, duration, has_market_signal, has_signal, market_signal, max, min, signal"},
		{"max(1, equity, 2) > 1", "column 1 of the expression: too many arguments to call max"},
		{"now.hour in 1..5", "column 14 of the expression: in needs a list such as [1, 2]"},
		{"[1, 2] == [1, 2]", "column 1 of the expression: a list stands only to the right of in"},
		{"price in [equity]", "column 11 of the expression: a list holds numbers or texts"},
		{"let x = 1; x < 2", "column 5 of the expression: let is no part of the language"},
		{"$env.equity > 1", "column 1 of the expression: unknown name $env; " + names},
		{"(equity > 1; true)", "column 9 of the expression: a sequence is no part of the language"},
		{"order?.notional > 1", "column 8 of the expression: ?. is no part of the language"},
		{"order.side == 'long'", `column 15 of the expression: "long" is none of buy, sell: write "buy"`},
		{"'Buy' != order.side", `column 1 of the expression: "Buy" is none of buy, sell`},
		{"order.type in ['limit', 'stop_limit']", `column 25 of the expression: "stop_limit" is none of market, limit, stop, stop-limit, take-profit, take-profit-limit, trailing-stop`},
		{"nil == nil", "column 1 of the expression: nil is no part of the language"},
		{strings.Repeat("(", 4096) + "1", "an expression of 4097 bytes: at most 4096"},
		{strings.Repeat("!", 4000) + "true", "column 4004 of the expression: compilation failed: expression exceeds maximum allowed nodes"},
	} {
		var text Condition
		err := text.UnmarshalText([]byte(c[0]))
		if err == nil || err.Error() != c[1] {
			t.Errorf("%.60s\n got %v\nwant %s", c[0], err, c[1])
		}
	}
}

// TestNoBuiltin calls every function that comes with the language, in any form: the clock, the
// order of maps, loops and what takes memory stay out. Ours are left.
func TestNoBuiltin(t *testing.T) {
	ours := map[string]bool{"abs": true, "max": true, "min": true, "duration": true}
	n := 0
	for _, name := range builtin.Names {
		for _, form := range []string{"%()", "%(1)", "%(1.5, 2)", "%('2024-01-02')", "%([3, 1, 2])", "%({'a': 1})", "%([1], # > 0)", "1 | %()", "%(1, 2, 3)"} {
			text := strings.ReplaceAll(form, "%", name)
			for _, whole := range []string{text, text + " == 1", text + ".Unix() > 1"} {
				if _, err := compile(whole, reflect.Bool); err == nil && !ours[name] {
					t.Errorf("%s is accepted", whole)
				}
				n++
			}
		}
	}
	if n < 60*27 {
		t.Errorf("%d texts were tried", n)
	}
}

func TestTextsThatAreFine(t *testing.T) {
	for _, text := range []string{
		"true", "position.notional + order.notional < 0.2 * equity && signal('trader_grade').age < duration('36h')",
		"order.symbol in ['BTCUSDT', 'ETHUSDT'] and now.weekday not in [6, 7]",
		"has_signal('trader_grade', 'tm') ? signal('trader_grade', 'tm').value >= 50 : false",
		"market_signal('fear_greed').value > 20 || !position.open", "abs(position.pnl) < max(0.1, min(1, price / equity))",
		"-account.net < account.gross and account.equity > 0 and strategy.open < 3 and strategy.cash + strategy.exposure > 0",
		"if order.side == 'buy' { true } else { 1 < 2 }", "0 < now.hour < 22 and now.minute >= 5 and now.unix > 1700000000",
	} {
		if _, err := compile(text, reflect.Bool); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// FuzzCompile feeds texts to the compiler: it never panics, takes no time to speak of, and what
// it accepts it accepts again.
func FuzzCompile(f *testing.F) {
	for _, text := range []string{
		"", "1", "order.notional < 0.2 * equity", "signal('a', 'b').age < duration('36h')", "has_signal('x') or 1 in [1,'a']", "a?.b ?? c",
		"map(1..9999999, {# ** #})", "'\\u00e9' + \"\\x00\" == order.base", "0x7fffffffffffffff + 1e308 * -1e-400 > 1_000", "\xff\xfe", "let a = $env; a",
		"(((((((((((((((((((((((((((((((", "!!!!!!!!!!!!!!!true", "/* c */ price // d", "b'bytes' in [b'']", "`raw` matches `(a+)+$`",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		began := time.Now()
		for _, kind := range []reflect.Kind{reflect.Bool, reflect.Float64} {
			p, err := compile(text, kind)
			again, errAgain := compile(text, kind)
			switch {
			case (err == nil) != (errAgain == nil) || err != nil && err.Error() != errAgain.Error():
				t.Fatalf("%q: %v, and then %v", text, err, errAgain)
			case err == nil && (len(text) > maxText || p.code.Disassemble() != again.code.Disassemble()):
				t.Fatalf("%q is accepted, or differs", text)
			}
		}
		if took := time.Since(began); took > 5*time.Second {
			t.Fatalf("%d bytes took %s", len(text), took)
		}
	})
}
