package venue

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// FuzzUnsigned: what is left of a request without its signature is what was received, part
// by part.
func FuzzUnsigned(f *testing.F) {
	for _, raw := range []string{"", "signature=ab", "a=1&signature=ab", "signature=ab&a=1", "a=1&signature=ab&b=2", "a=1&&signature=", "xsignature=1", "a=1&signature=%2B%2&b"} {
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		rest, _ := unsigned(raw)
		parts := strings.Split(raw, "&")
		if i := slices.IndexFunc(parts, func(p string) bool { return strings.HasPrefix(p, signatureParam) }); i >= 0 {
			parts = slices.Delete(parts, i, i+1)
		}
		if want := strings.Join(parts, "&"); rest != want {
			t.Errorf("%q without its signature is %q, want %q", raw, rest, want)
		}
	})
}

// FuzzRequests: whatever is asked of spot, the venue answers, and the account stays whole.
func FuzzRequests(f *testing.F) {
	var paths []*endpoint
	for _, table := range [][]endpoint{spotEndpoints(), spotStubs()} {
		for i := range table {
			paths = append(paths, &table[i])
		}
	}
	for i := range paths {
		f.Add(uint8(i), "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=50")
	}
	f.Add(uint8(0), "symbol=BTCUSDT&side=SELL&type=STOP_LOSS&quantity=1&trailingDelta=100&stopPrice=101&icebergQty=0.5")
	f.Add(uint8(0), "symbol=BTCUSDT&side=SELL&type=MARKET&quoteOrderQty=12.5")
	f.Add(uint8(6), "symbol=BTCUSDT&side=SELL&quantity=1&aboveType=LIMIT_MAKER&abovePrice=120&belowType=STOP_LOSS&belowTrailingDelta=20")
	f.Add(uint8(8), "symbol=BTCUSDT&workingType=LIMIT&workingSide=BUY&workingPrice=100&workingQuantity=1&workingTimeInForce=GTC&pendingType=MARKET&pendingSide=SELL&pendingQuantity=1")
	f.Fuzz(func(t *testing.T, which uint8, query string) {
		l := listen(t)
		for _, before := range []string{"", "side=BUY&type=LIMIT&timeInForce=GTC&quantity=2&price=50&newClientOrderId=a"} {
			if before != "" {
				l.place(t, before)
			}
			c := &call{side: l.spot, endpoint: paths[int(which)%len(paths)], logon: &Key{Trade: true}, arrived: l.clock.now}
			if c.read("timestamp="+strconv.FormatInt(l.Now().Millis(), 10)+"&"+query, "") != nil {
				return
			}
			if a := l.serve(c); a.status < 200 || a.status > 499 || len(a.body) == 0 || a.status != http.StatusOK && a.refused == nil {
				t.Fatalf("%d %s", a.status, a.body)
			}
			for _, asset := range l.spot.assets() {
				if free, locked := l.spot.balance(asset); free.IsNegative() || locked.IsNegative() {
					t.Fatalf("%s: %s free, %s locked", asset, free, locked)
				}
			}
		}
	})
}
