package venue_test

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/signalman-trading/signalman/exchange/venue"
	"github.com/signalman-trading/signalman/market"
)

// request sends a request with the parts where they are said to stand.
func (d *desk) request(method, path, query, body, key string) (int, map[string]any) {
	d.t.Helper()
	r := httptest.NewRequest(method, path+"?"+query, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if key != "" {
		r.Header.Set("X-MBX-APIKEY", key)
	}
	return d.send(r)
}

// TestSignaturesStandAnywhere: all in the query, all in the body, or the order in the body
// and the time and the signature in the query.
func TestSignaturesStandAnywhere(t *testing.T) {
	d := open(t, options())
	d.step()
	order := "newClientOrderId=a%2Db&price=50&quantity=1&side=BUY&symbol=BTCUSDT&timeInForce=GTC&type=LIMIT"
	stamp := fmt.Sprintf("timestamp=%d&recvWindow=5000.125", d.venue.Now().Millis())
	for name, test := range map[string]struct{ query, body string }{
		"query":      {order + "&" + stamp + "&signature=" + signature(order+"&"+stamp), ""},
		"body":       {"", order + "&" + stamp + "&signature=" + signature(order+"&"+stamp)},
		"both":       {stamp + "&signature=" + signature(stamp+order), order},
		"first":      {"signature=" + signature(order+"&"+stamp) + "&" + order + "&" + stamp, ""},
		"upper case": {order + "&" + stamp + "&signature=" + strings.ToUpper(signature(order+"&"+stamp)), ""},
	} {
		code, a := d.request("POST", "/api/v3/order/test", test.query, test.body, api)
		if code != 200 {
			t.Errorf("%s: %d %v", name, code, a)
		}
		_, a = d.request("POST", "/api/v3/order/test", strings.Replace(test.query, "price=50", "price=51", 1), strings.Replace(test.body, "price=50", "price=51", 1), api)
		has(t, a, "code", "-1022", "msg", "Signature for this request is not valid.")
	}
}

func TestKeysOfThreeKinds(t *testing.T) {
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	public, edwards, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	o := options()
	o.Keys = append(o.Keys, venue.Key{API: "rsa", Public: &private.PublicKey}, venue.Key{API: "ed", Public: public})
	d := open(t, o)
	payload := fmt.Sprintf("timestamp=%d", d.venue.Now().Millis())
	sum := sha256.Sum256([]byte(payload))
	byRSA, err := rsa.SignPKCS1v15(rand.Reader, private, crypto.SHA256, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	for key, sig := range map[string]string{
		"rsa": base64.StdEncoding.EncodeToString(byRSA),
		"ed":  base64.StdEncoding.EncodeToString(ed25519.Sign(edwards, []byte(payload))),
	} {
		for _, text := range []string{sig, url.QueryEscape(sig)} {
			if code, a := d.request("GET", "/api/v3/account", payload+"&signature="+text, "", key); code != 200 {
				t.Errorf("%s: %d %v", key, code, a)
			}
		}
		if code, _ := d.request("GET", "/api/v3/account", payload+"1&signature="+url.QueryEscape(sig), "", key); code != 400 {
			t.Errorf("%s: a wrong signature got %d", key, code)
		}
	}
	code, a := d.request("POST", "/api/v3/order/test", payload+"&signature=x", "", "ed")
	if has(t, a, "code", "-2015", "msg", "Invalid API-key, IP, or permissions for action."); code != 401 {
		t.Error(code) // it may read only
	}
}

// TestTheTimeOfARequest: the rule of the venue, in its order of checks.
func TestTheTimeOfARequest(t *testing.T) {
	d := open(t, options())
	now := d.venue.Now()
	for name, test := range map[string]struct {
		key, query, says string
	}{
		"no key":         {"", "timestamp=1", "-2014 API-key format invalid."},
		"odd key":        {"not a key", "timestamp=1", "-2014 API-key format invalid."},
		"other key":      {strings.Repeat("x", 64), "timestamp=1", "-2015 Invalid API-key, IP, or permissions for action."},
		"no time":        {api, "recvWindow=5000", "-1102 Mandatory parameter 'timestamp' was not sent, was empty/null, or malformed."},
		"no signature":   {api, "timestamp=-", "-1102 Mandatory parameter 'signature' was not sent, was empty/null, or malformed."},
		"letters":        {api, "timestamp=now&sign", "-1100 Illegal characters found in parameter 'timestamp'; legal range is '^[0-9]{1,20}$'."},
		"late":           {api, stamp(now-5001e6, "") + "&sign", "-1021 Timestamp for this request is outside of the recvWindow."},
		"just in time":   {api, stamp(now-5000e6, "") + "&sign", "<nil>"},
		"own window":     {api, stamp(now-101e6, "100.5") + "&sign", "-1021 Timestamp for this request is outside of the recvWindow."},
		"window, 3 dec.": {api, stamp(now-100e6, "100.001") + "&sign", "<nil>"},
		"window, 4 dec.": {api, stamp(now, "100.0001") + "&sign", "-1100 Illegal characters found in parameter 'recvWindow'; legal range is '^[0-9]{1,5}(\\.[0-9]{1,3})?$'."},
		"long window":    {api, stamp(now, "60001") + "&sign", "-1131 'recvWindow' must be less than 60000."},
		"early":          {api, stamp(now+1000e6, "") + "&sign", "-1021 Timestamp for this request was 1000ms ahead of the server's time."},
		"a bit early":    {api, stamp(now+999e6, "") + "&sign", "<nil>"},
		"microseconds":   {api, fmt.Sprintf("timestamp=%d&sign", int64(now)/1000), "<nil>"},
		"late and wrong": {api, stamp(now-6000e6, "") + "&signature=00", "-1021 Timestamp for this request is outside of the recvWindow."},
		"wrong":          {api, stamp(now, "") + "&signature=00", "-1022 Signature for this request is not valid."},
	} {
		query, sign := strings.CutSuffix(test.query, "&sign")
		if sign {
			query += "&signature=" + signature(query)
		}
		_, a := d.request("GET", "/api/v3/account", query, "", test.key)
		got := fmt.Sprint(a["code"])
		if a["code"] != nil {
			got = fmt.Sprintf("%.0f %s", a["code"], a["msg"])
		}
		if got != test.says {
			t.Errorf("%s: %s\nwant %s", name, got, test.says)
		}
	}
}

func stamp(at market.Time, window string) string {
	s := fmt.Sprintf("timestamp=%d", at.Millis())
	if window != "" {
		s += "&recvWindow=" + window
	}
	return s
}

// TestKnownSignature is an example of Binance's own documentation.
func TestKnownSignature(t *testing.T) {
	const payload = "symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0.1&recvWindow=5000&timestamp=1499827319559"
	o := options()
	o.Start = market.Millis(1499827319559)
	o.Spot.Bars = nil
	o.Keys[0] = venue.Key{API: api, Secret: market.NewSecret("NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j"), Trade: true}
	d := open(t, o)
	_, a := d.request("POST", "/api/v3/order", payload+"&signature=c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71", "", api)
	has(t, a, "msg", "Invalid symbol.") // the signature was right
}

// TestLimitsOfRequests: 429 until the minute is over, 418 for who goes on, and longer each time.
func TestLimitsOfRequests(t *testing.T) {
	o := options()
	o.Limits = venue.Limits{Weight: 50, Patience: 2}
	d := open(t, o)
	for range 2 {
		if code, _ := d.sign("GET", "/api/v3/account", ""); code != 200 {
			t.Fatal(code)
		}
	}
	if d.header.Get("X-Mbx-Used-Weight") != "40" || d.header.Get("X-Mbx-Used-Weight-1m") != "40" {
		t.Error(d.header)
	}
	for range 2 {
		code, a := d.sign("GET", "/api/v3/account", "")
		if code != 429 || d.header.Get("Retry-After") != "60" {
			t.Error(code, a, d.header)
		}
		has(t, a, "code", "-1003", "msg", "Too much request weight used; current limit is 50 request weight per 1 MINUTE. Please use WebSocket Streams for live updates to avoid polling the API.")
	}
	if d.header.Get("X-Mbx-Used-Weight") != "40" {
		t.Error("who is refused is not told the weight", d.header)
	}
	code, a := d.ask("GET", "/api/v3/ping", "")
	until := (start + market.Time(2*time.Minute)).Millis()
	if has(t, a, "msg", fmt.Sprintf("Way too much request weight used; IP banned until %d. Please use WebSocket Streams for live updates to avoid bans.", until)); code != 418 || d.header.Get("Retry-After") != "120" {
		t.Error(code, d.header)
	}
	for d.venue.Now() < start+market.Time(2*time.Minute) {
		if code, _ := d.ask("GET", "/api/v3/ping", ""); code != 418 {
			t.Fatal(code)
		}
		d.step()
	}
	if code, _ := d.ask("GET", "/api/v3/ping", ""); code != 200 {
		t.Error(code)
	}
}

func TestLimitsOfOrders(t *testing.T) {
	o := options()
	o.Limits = venue.Limits{Orders10s: 3}
	d := open(t, o)
	d.step()
	const order = "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=50"
	for range 3 {
		d.sign("POST", "/api/v3/order", order)
	}
	code, a := d.sign("POST", "/api/v3/order", order)
	if has(t, a, "code", "-1015", "msg", "Too many new orders; current limit is 3 orders per 10 SECOND."); code != 429 || d.header.Get("Retry-After") == "" {
		t.Error(code, d.header)
	}
	_, list := d.signList("GET", "/api/v3/rateLimit/order", "")
	has(t, list[0].(map[string]any), "count", "3", "limit", "3", "interval", "SECOND", "intervalNum", "10")
	has(t, list[1].(map[string]any), "count", "3", "limit", "200000", "interval", "DAY")
}

func TestWhatIsGone(t *testing.T) {
	d := open(t, options())
	for _, method := range []string{"POST", "PUT", "DELETE"} {
		if code, a := d.ask(method, "/api/v3/userDataStream", ""); code != 410 || !strings.Contains(a["body"].(string), "410") {
			t.Error(code, a)
		}
	}
	if code, _ := d.ask("GET", "/api/v1/trades", ""); code != 404 {
		t.Error(code)
	}
	if code, a := d.sign("GET", "/sapi/v1/account/apiRestrictions", ""); code != 200 || a["enableWithdrawals"] != false || a["enableSpotAndMarginTrading"] != true {
		t.Error(code, a)
	}
}

// TestA429HoldsForAll: light requests do not pass where a heavy one was refused, until the
// minute is over.
func TestA429HoldsForAll(t *testing.T) {
	o := options()
	o.Limits = venue.Limits{Weight: 30}
	d := open(t, o)
	d.sign("GET", "/api/v3/account", "")
	if code, _ := d.sign("GET", "/api/v3/account", ""); code != 429 {
		t.Fatal(code)
	}
	if code, a := d.ask("GET", "/api/v3/ping", ""); code != 429 || a["code"] != -1003.0 || d.header.Get("Retry-After") != "60" {
		t.Error(code, a, d.header)
	}
	d.step()
	if code, _ := d.ask("GET", "/api/v3/ping", ""); code != 200 {
		t.Error(code)
	}
}
