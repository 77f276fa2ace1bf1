package binance

import (
	"context"
	"errors"
	"fmt"
	"net"

	"net/url"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/signalman-trading/signalman/exchange"
	"github.com/signalman-trading/signalman/market"
)

var (
	isRejected    = exchange.ErrRejected
	isUnknown     = exchange.ErrUnknown
	isUnavailable = exchange.ErrUnavailable
	isNotFound    = exchange.ErrNotFound
)

// cases has a row for every row of what the venue documents as an error, as of an order,
// spot and USD-M.
var cases = []struct {
	usdm    bool
	status  int
	code    int
	message string
	want    error
	more    string // "fatal", "clock", "until", or the reason of a rejection
}{
	// Codes of spot.
	{false, 500, -1000, "An unknown error occurred while processing the request.", isUnknown, ""},
	{false, 400, -1000, "An unknown error occurred while processing the request.", isUnknown, ""},
	{false, 500, -1001, "Internal error; unable to process your request. Please try again.", isUnknown, ""},
	{false, 400, -1001, "Internal error; unable to process your request. Please try again.", isUnknown, ""},
	{false, 429, -1003, "Too much request weight used; current limit is 6000 request weight per 1 MINUTE. Please use WebSocket Streams for live updates to avoid polling the API.", isUnavailable, "until"},
	{false, 418, -1003, "Way too much request weight used; IP banned until 1709287500012. Please use WebSocket Streams for live updates to avoid bans.", isUnavailable, "until"},
	{false, 500, -1006, "An unexpected response was received from the message bus. Execution status unknown.", isUnknown, ""},
	{false, 408, -1007, "Timeout waiting for response from backend server. Send status unknown; execution status unknown.", isUnknown, ""},
	{false, 504, -1007, "Timeout waiting for response from backend server. Send status unknown; execution status unknown.", isUnknown, ""},
	{false, 400, -1007, "Timeout waiting for response from backend server. Send status unknown; execution status unknown.", isUnknown, ""},
	{false, 503, -1008, "Server is currently overloaded with other requests. Please try again in a few minutes.", isUnknown, ""},
	{false, 400, -1013, "Filter failure: PRICE_FILTER", isRejected, ""},
	{false, 400, -1013, "Filter failure: LOT_SIZE", isRejected, ""},
	{false, 400, -1013, "Filter failure: MARKET_LOT_SIZE", isRejected, ""},
	{false, 400, -1013, "Filter failure: NOTIONAL", isRejected, ""},
	{false, 400, -1013, "Filter failure: MIN_NOTIONAL", isRejected, ""},
	{false, 400, -1013, "Filter failure: PERCENT_PRICE_BY_SIDE", isRejected, ""},
	{false, 400, -1013, "Filter failure: ICEBERG_PARTS", isRejected, ""},
	{false, 400, -1013, "Filter failure: MAX_NUM_ORDERS", isRejected, ""},
	{false, 400, -1013, "Filter failure: MAX_NUM_ALGO_ORDERS", isRejected, ""},
	{false, 400, -1013, "Filter failure: MAX_POSITION", isRejected, ""},
	{false, 400, -1013, "Filter failure: TRAILING_DELTA", isRejected, ""},
	{false, 400, -1013, "Filter failure: MAX_NUM_ORDER_LISTS", isRejected, ""},
	{false, 400, -1013, "Filter failure: EXCHANGE_MAX_NUM_ORDERS", isRejected, ""},
	{false, 400, -1013, "Invalid quantity.", isRejected, ""},
	{false, 400, -1013, "Price * QTY is zero or less.", isRejected, ""},
	{false, 400, -1014, "Unsupported order combination.", isRejected, ""},
	{false, 429, -1015, "Too many new orders; current limit is 100 orders per 10 SECOND.", isUnavailable, "until"},
	{false, 400, -1021, "Timestamp for this request is outside of the recvWindow.", isUnavailable, "clock"},
	{false, 400, -1021, "Timestamp for this request was 1000ms ahead of the server's time.", isUnavailable, "clock"},
	{false, 400, -1022, "Signature for this request is not valid.", isRejected, "fatal"},
	{false, 400, -1100, "Illegal characters found in parameter 'newClientOrderId'; legal range is '^[a-zA-Z0-9-_]{1,36}$'.", isRejected, ""},
	{false, 400, -1102, "Mandatory parameter 'symbol' was not sent, was empty/null, or malformed.", isRejected, ""},
	{false, 400, -1102, "Param 'origClientOrderId' or 'orderId' must be sent, but both were empty/null!", isRejected, ""},
	{false, 400, -1104, "Not all sent parameters were read; read '8' parameter(s) but was sent '9'.", isRejected, ""},
	{false, 400, -1105, "Parameter 'price' was empty.", isRejected, ""},
	{false, 400, -1106, "Parameter 'timeInForce' sent when not required.", isRejected, ""},
	{false, 400, -1111, "Parameter 'quantity' has too much precision.", isRejected, ""},
	{false, 400, -1115, "Invalid timeInForce.", isRejected, ""},
	{false, 400, -1116, "Invalid orderType.", isRejected, ""},
	{false, 400, -1117, "Invalid side.", isRejected, ""},
	{false, 400, -1120, "Invalid interval.", isRejected, ""},
	{false, 400, -1121, "Invalid symbol.", isRejected, ""},
	{false, 400, -1128, "Combination of optional parameters invalid.", isRejected, ""},
	{false, 400, -1130, "Data sent for parameter 'x' is not valid.", isRejected, ""},
	{false, 400, -2010, "Account has insufficient balance for requested action.", isRejected, ""},
	{false, 400, -2010, "Duplicate order sent.", isUnknown, ""},
	{false, 400, -2010, "Market is closed.", isRejected, ""},
	{false, 400, -2010, "Order would trigger immediately.", isRejected, market.WouldTrigger},
	{false, 400, -2010, "Order would immediately match and take.", isRejected, ""},
	{false, 400, -2010, "This symbol is not permitted for this account.", isRejected, ""},
	{false, 400, -2010, "This action is disabled on this account.", isRejected, "fatal"},
	{false, 400, -2010, "The relationship of the prices for the orders is not correct.", isRejected, market.WouldTrigger},
	{false, 400, -2011, "Unknown order sent.", isNotFound, ""},
	{false, 400, -2011, "Order was not canceled due to cancel restrictions.", isRejected, ""},
	{false, 400, -2013, "Order does not exist.", isNotFound, ""},
	{false, 401, -2014, "API-key format invalid.", isRejected, "fatal"},
	{false, 401, -2015, "Invalid API-key, IP, or permissions for action.", isRejected, "fatal"},
	{false, 409, -2021, "Order cancel-replace partially failed.", isUnknown, ""},
	{false, 400, -2022, "Order cancel-replace failed.", isRejected, ""},
	{false, 400, -2026, "Order was canceled or expired with no executed qty over 90 days ago and has been archived.", isNotFound, ""},
	{false, 400, -2035, "User Data Stream subscription already active.", isRejected, ""},
	{false, 400, -2036, "User Data Stream subscription not active.", isRejected, ""},
	{false, 400, -2042, "Subscription ID limit reached.", isRejected, ""},
	{false, 400, -2038, "Order amend (quantity increase) is not supported.", isRejected, market.AmendRejected},
	{false, 400, -2039, "Client order ID is not correct for this order ID.", isRejected, ""},
	{false, 400, -9999, "Something new.", isRejected, ""},

	// Codes of USD-M.
	{true, 400, -2019, "Margin is insufficient.", isRejected, ""},
	{true, 400, -2021, "Order would immediately trigger.", isRejected, market.WouldTrigger},
	{true, 400, -2022, "ReduceOnly Order is rejected.", isRejected, ""},
	{true, 400, -2025, "Reach max open order limit.", isRejected, ""},
	{true, 400, -2027, "Exceeded the maximum allowable position at current leverage.", isRejected, ""},
	{true, 400, -2028, "Leverage is smaller than permitted.", isRejected, ""},
	{true, 400, -4001, "Price less than 0.", isRejected, ""},
	{true, 400, -4003, "Quantity less than zero.", isRejected, ""},
	{true, 400, -4004, "Quantity less than min quantity.", isRejected, ""},
	{true, 400, -4005, "Quantity greater than max quantity.", isRejected, ""},
	{true, 400, -4013, "Price less than min price.", isRejected, ""},
	{true, 400, -4014, "Price not increased by tick size.", isRejected, ""},
	{true, 400, -4015, "Client order id length should not be more than 36 chars", isRejected, ""},
	{true, 400, -4016, "Price is higher than mark price multiplier cap.", isRejected, ""},
	{true, 400, -4023, "Qty not increased by step size.", isRejected, ""},
	{true, 400, -4024, "Price is lower than mark price multiplier floor.", isRejected, ""},
	{true, 400, -4045, "Reach max stop order limit.", isRejected, ""},
	{true, 400, -4046, "No need to change margin type.", isRejected, ""},
	{true, 400, -4059, "No need to change position side.", isRejected, ""},
	{true, 400, -4061, "Order's position side does not match user's setting.", isRejected, "fatal"},
	{true, 400, -4116, "ClientOrderId is duplicated", isUnknown, ""},
	{true, 400, -4120, "Order type not supported for this endpoint. Please use the Algo Order API endpoints instead.", isRejected, ""},
	{true, 400, -4131, "The counterparty's best price does not meet the PERCENT_PRICE filter limit.", isRejected, ""},
	{true, 400, -4164, "Order's notional must be no smaller than 100 (unless you choose reduce only)", isRejected, ""},
	{true, 400, -5021, "Due to the order could not be filled immediately, the FOK order has been rejected.", isRejected, market.TimeInForce},
	{true, 400, -5022, "Due to the order could not be executed as maker, the Post Only order will be rejected.", isRejected, ""},
	{true, 400, -5028, "Timestamp for this request is outside of the ME recvWindow.", isUnavailable, "clock"},
	{true, 400, -1136, "Invalid newOrderRespType.", isRejected, ""},
	{true, 503, 0, "Unknown error, please check your request or try again later.", isUnknown, ""},
	{true, 503, 0, "Service Unavailable.", isUnknown, ""},
	{true, 503, -1008, "Request throttled by system-level protection. Reduce-only/close-position orders are exempt.", isUnavailable, ""},
	{true, 503, -1001, "Internal error; unable to process your request. Please try again.", isUnknown, ""},
	{true, 408, -1007, "Timeout waiting for response from backend server. Send status unknown; execution status unknown.", isUnknown, ""},

	// Statuses without a code of the venue.
	{false, 400, 0, "", isRejected, ""},
	{false, 401, 0, "", isRejected, "fatal"},
	{false, 403, 0, "", isUnavailable, ""},
	{false, 404, 0, "", isRejected, "fatal"},
	{false, 408, 0, "", isUnknown, ""},
	{false, 410, 0, "", isRejected, "fatal"},
	{false, 418, 0, "", isUnavailable, "until"},
	{false, 429, 0, "", isUnavailable, "until"},
	{false, 451, 0, "", isUnavailable, "fatal"},
	{false, 500, 0, "", isUnknown, ""},
	{false, 502, 0, "", isUnknown, ""},
	{false, 503, 0, "", isUnknown, ""},
	{false, 504, 0, "", isUnknown, ""},
}

// TestEveryErrorIsClassified: of an order as the table says; of a request that changes
// nothing the same, but that nothing is unknown.
func TestEveryErrorIsClassified(t *testing.T) {
	now := time.Date(2024, 3, 1, 0, 0, 0, 0, time.UTC)
	for _, test := range cases {
		body := "<html><body>select: WAF</body></html>"
		if test.message != "" {
			body = fmt.Sprintf(`{"code":%d,"msg":%q}`, test.code, test.message)
		}
		for _, changes := range []bool{true, false} {
			j := judge{what: "order BTCUSDT", usdm: test.usdm, changes: changes, now: now, timeout: answerTime}
			v := j.of(&answer{sent: true, status: test.status, body: []byte(body)}, errors.New("api error"))
			want := test.want
			if want == isUnknown && !changes {
				want = isUnavailable
			}
			more := []string{}
			for name, on := range map[string]bool{"fatal": v.Fatal, "clock": v.Clock, "until": !v.Until.IsZero(), v.Reason: v.Reason != ""} {
				if on {
					more = append(more, name)
				}
			}
			if v.Kind != want || strings.Join(more, " ") != test.more || v.Code != test.code || v.HTTP != test.status {
				t.Errorf("changes %t, %d %d %s:\n%v %v, want %v %s", changes, test.status, test.code, test.message, v.Fault, more, want, test.more)
			}
			if text := v.Error(); strings.ContainsAny(text, "\n") || !strings.Contains(text, "order BTCUSDT") {
				t.Error(text)
			}
		}
	}
}

// TestNoAnswer: what happens without an answer that can be read.
func TestNoAnswer(t *testing.T) {
	const secret = "https://api.binance.com/api/v3/order?signature=ff"
	dial := &url.Error{Op: "Post", URL: secret, Err: &net.OpError{Op: "dial", Err: syscall.ENETUNREACH}}
	read := &url.Error{Op: "Post", URL: secret, Err: &net.OpError{Op: "read", Err: syscall.ECONNRESET}}
	for name, test := range map[string]struct {
		a    answer
		err  error
		want error // of an order
		says string
	}{
		"hung socket":          {answer{sent: true}, context.DeadlineExceeded, isUnknown, "no whole answer within 12s"},
		"cut before an answer": {answer{sent: true}, read, isUnknown, "connection reset"},
		"cut body":             {answer{sent: true, status: 200}, errors.New("unexpected EOF"), isUnknown, "unexpected EOF"},
		"HTML with 200":        {answer{sent: true, status: 200}, fmt.Errorf("%w: <html>", errShape), isUnknown, "not what was asked for"},
		"redirect":             {answer{sent: true, status: 302}, fmt.Errorf("%w: to elsewhere", errRedirect), isUnknown, "redirects"},
		"large":                {answer{sent: true, status: 200}, errLarge, isUnknown, "too large"},
		"nobody waits":         {answer{sent: true}, context.Canceled, isUnknown, "nobody waited"},
		"no route":             {answer{}, dial, isUnavailable, "network is unreachable"},
		"refused":              {answer{}, &url.Error{Op: "Post", URL: secret, Err: syscall.ECONNREFUSED}, isUnavailable, "connection refused"},
		"no such host":         {answer{}, &net.DNSError{Err: "no such host", Name: "api"}, isUnavailable, "no such host"},
		"no connection":        {answer{}, context.DeadlineExceeded, isUnavailable, "no connection within 12s"},
		"bad certificate":      {answer{}, errors.New("tls: failed to verify certificate"), isUnavailable, "certificate"},
	} {
		for _, changes := range []bool{true, false} {
			v := judge{what: "order BTCUSDT", changes: changes, timeout: answerTime}.of(&test.a, test.err)
			want := test.want
			if !changes {
				want = isUnavailable
			}
			if text := v.Error(); v.Kind != want || !strings.Contains(text, test.says) || strings.Contains(text, "signature") || strings.Contains(text, "https:") {
				t.Errorf("%s, changes %t: %v", name, changes, text)
			}
			if errors.Is(v.Fault, context.Canceled) {
				t.Errorf("%s: it reads as if nothing had been sent", name)
			}
		}
	}
}

// TestUntil: the end of a pause is read from wherever the venue says it.
func TestUntil(t *testing.T) {
	now := time.Date(2024, 3, 1, 0, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		status, code int
		after        string
		message      string
		want         time.Duration
		all          bool // everybody waits
	}{
		{429, -1003, "7", "", 7 * time.Second, true},
		{429, 0, "", "", time.Minute, true},
		{418, -1003, "", "IP banned until 1709251320000.", 2 * time.Minute, true},
		{418, -1003, "7", "IP banned until 1709251320000.", 2 * time.Minute, true},
		{418, -1003, "200", "IP banned until 1709251320000.", 200 * time.Second, true},
		{418, -1003, "99999999999999999999", "", 72 * time.Hour, true}, // no ban lasts longer
		{418, -1003, "Fri, 01 Mar 2052 00:00:00 GMT", "", 72 * time.Hour, true},
		{418, -1003, "", "IP banned until 9709251320000.", 72 * time.Hour, true},
		{429, -1015, "", "Too many new orders; current limit is 100 orders per 10 SECOND.", 10 * time.Second, false},
		{429, -1015, "", "Too many new orders; current limit is 1200 orders per MINUTE.", time.Minute, false},
		{429, -1015, "3", "Too many new orders; current limit is 200000 orders per 1 DAY.", 3 * time.Second, false},
		{429, -1015, "", "Too many new orders.", 10 * time.Second, false},
	} {
		body := fmt.Sprintf(`{"code":%d,"msg":%q}`, test.code, test.message)
		v := judge{changes: true, now: now}.of(&answer{sent: true, status: test.status, retryAfter: test.after, body: []byte(body)}, errors.New("api"))
		if got := v.Until.Sub(now); got != test.want || (v.pause > 0) != test.all || v.HTTP != test.status {
			t.Errorf("%+v: %s, everybody %s", test, got, v.pause)
		}
	}
}
