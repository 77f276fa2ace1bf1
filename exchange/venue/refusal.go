package venue

import (
	"fmt"
	"net/http"
)

// refusal is how the venue says no: the status of HTTP, its own code and its words. Each
// has one constructor or variable here, with the exact text.
type refusal struct {
	http int
	code int
	msg  string
	data any    // beside code and msg: of cancelReplace
	wait int    // seconds of Retry-After; 0: none is sent
	page string // HTML that is sent instead; "" is none
}

// Error returns the venue's words.
func (r *refusal) Error() string { return fmt.Sprintf("%d: %s", r.code, r.msg) }

func refuse(code int, format string, args ...any) *refusal {
	return &refusal{http: http.StatusBadRequest, code: code, msg: fmt.Sprintf(format, args...)}
}

// Refusals that name nothing.
var (
	errKeyFormat    = &refusal{http: http.StatusUnauthorized, code: -2014, msg: "API-key format invalid."}
	errKey          = &refusal{http: http.StatusUnauthorized, code: -2015, msg: "Invalid API-key, IP, or permissions for action."}
	errSignature    = refuse(-1022, "Signature for this request is not valid.")
	errLate         = refuse(-1021, "Timestamp for this request is outside of the recvWindow.")
	errEarly        = refuse(-1021, "Timestamp for this request was 1000ms ahead of the server's time.")
	errSymbol       = refuse(-1121, "Invalid symbol.")
	errInterval     = refuse(-1120, "Invalid interval.")
	errTimeInForce  = refuse(-1115, "Invalid timeInForce.")
	errOrderType    = refuse(-1116, "Invalid orderType.")
	errOrderSide    = refuse(-1117, "Invalid side.")
	errCombination  = refuse(-1128, "Combination of optional parameters invalid.")
	errUnsupported  = refuse(-1014, "Unsupported order combination.")
	errDuplicates   = refuse(-1101, "Duplicate values for a parameter detected.")
	errNoFunds      = refuse(-2010, "Account has insufficient balance for requested action.")
	errDuplicate    = refuse(-2010, "Duplicate order sent.")
	errClosed       = refuse(-2010, "Market is closed.")
	errIceberg      = refuse(-2010, "IcebergQty exceeds QTY.")
	errWouldTrigger = refuse(-2010, "Order would trigger immediately.")
	errWouldTake    = refuse(-2010, "Order would immediately match and take.")
	errRelation     = refuse(-2010, "The relationship of the prices for the orders is not correct.")
	errCancel       = refuse(-2011, "Unknown order sent.")
	errRestricted   = refuse(-2011, "Order was not canceled due to cancel restrictions.")
	errNoOrder      = refuse(-2013, "Order does not exist.")
)

func errMandatory(name string) *refusal {
	return refuse(-1102, "Mandatory parameter '%s' was not sent, was empty/null, or malformed.", name)
}
func errEither(a, b string) *refusal {
	return refuse(-1102, "Param '%s' or '%s' must be sent, but both were empty/null!", a, b)
}
func errUnread(read, sent int) *refusal {
	return refuse(-1104, "Not all sent parameters were read; read '%d' parameter(s) but was sent '%d'.", read, sent)
}
func errEmpty(name string) *refusal { return refuse(-1105, "Parameter '%s' was empty.", name) }
func errNotRequired(name string) *refusal {
	return refuse(-1106, "Parameter '%s' sent when not required.", name)
}
func errIllegal(name, legal string) *refusal {
	return refuse(-1100, "Illegal characters found in parameter '%s'; legal range is '%s'.", name, legal)
}
func errPrecision(name string) *refusal {
	return refuse(-1111, "Parameter '%s' has too much precision.", name)
}
func errData(name string) *refusal {
	return refuse(-1130, "Data sent for parameter '%s' is not valid.", name)
}
func errFilter(name string) *refusal { return refuse(-1013, "Filter failure: %s", name) }
