package venue

import "slices"

// A FaultKind is a way to fail, and what is said of it.
type FaultKind struct {
	Name  string `json:"name"`
	Value string `json:"value,omitempty"` // the default of its value; empty: it takes none
	Group string `json:"group"`           // what it happens to: see the constants
	On    string `json:"on,omitempty"`    // what it hits where a fault does not say; empty: all of its group
	Doc   string `json:"doc"`             // one line

	check func(string) error // of the value; nil: there is none
}

// What faults happen to.
const (
	FaultsBefore = "before" // requests that are then not taken
	FaultsAfter  = "after"  // requests that have been taken
	FaultsFrames = "frames" // what a connection is sent
	FaultsState  = "state"  // what the venue knows or shows, for as long as they are set
	FaultsActs   = "acts"   // once, when they are set or +AFTER
)

// ordering is what faults of orders hit where they do not say: whatever places or cancels.
const ordering = "TRADE"

// The names of the faults; FaultKinds says what each does.
const (
	FaultHang        = "hang"
	FaultReset       = "reset"
	FaultHTML        = "html-503"
	FaultStatus      = "status"
	FaultError       = "error"
	FaultLimited     = "limited"
	FaultBanned      = "banned"
	FaultGone        = "gone"
	FaultSlow        = "slow"
	FaultDown        = "down"
	FaultHangTaken   = "hang-taken"
	FaultReplyLost   = "reply-lost"
	FaultReplyCut    = "reply-cut"
	FaultHTMLTaken   = "html-503-taken"
	FaultUnknown     = "unknown"
	FaultUnknownLate = "unknown-late"
	FaultFillFirst   = "fill-before-ack"
	FaultLost        = "lost"
	FaultCloseLost   = "close-lost"
	FaultDuplicate   = "duplicate"
	FaultReorder     = "reorder"
	FaultDelay       = "delay"
	FaultCorrupt     = "corrupt"
	FaultCut         = "cut"
	FaultCutMid      = "cut-mid"
	FaultSilent      = "silent"
	FaultClock       = "clock"
	FaultNotFound    = "not-found"
	FaultLateMoney   = "late-balances"
	FaultTick        = "tick-change"
	FaultCancelled   = "cancelled-by-hand"
	FaultPlaced      = "placed-by-hand"
	FaultReduced     = "reduced-by-hand"
	FaultDeposit     = "deposit"
	FaultKeyExpired  = "listen-key-expired"
	FaultStreamEnded = "stream-terminated"
	FaultDisconnect  = "disconnect"
	FaultShutdown    = "shutdown"
)

// faultKinds is a function's value because the errors that it names are variables.
var faultKinds = []FaultKind{
	{FaultHang, "60s", FaultsBefore, "", "not taken, and not answered; the connection ends after so long", isSpan},
	{FaultReset, "", FaultsBefore, "", "not taken; the connection is cut before an answer", nil},
	{FaultHTML, "", FaultsBefore, "", "not taken; 503 with a page of HTML", nil},
	{FaultStatus, "403", FaultsBefore, "", "not taken; this HTTP status with a page of HTML, as a firewall answers", isStatus},
	{FaultError, "-1001", FaultsBefore, "", "not taken; the error of this code: " + codeNames(), isCode},
	{FaultLimited, "10s", FaultsBefore, "", "not taken; 429 with Retry-After until so long after it is first hit", isSpan},
	{FaultBanned, "2m", FaultsBefore, "", "not taken; 418 with Retry-After until so long after it is first hit", isSpan},
	{FaultGone, "", FaultsBefore, "", "not taken; 410, as an endpoint that was removed", nil},
	{FaultSlow, "2s", FaultsBefore, "", "reaches the venue so much later, and may have outlived its recvWindow", isSpan},
	{FaultUnknownLate, "2s", FaultsBefore, ordering, "answered with -1007 at once, and taken so much later if recvWindow allows", isSpan},

	{FaultHangTaken, "60s", FaultsAfter, ordering, "taken, but not answered; the connection ends after so long", isSpan},
	{FaultReplyLost, "", FaultsAfter, ordering, "taken; the connection is cut before the answer", nil},
	{FaultReplyCut, "", FaultsAfter, ordering, "taken; the connection ends in the middle of the answer", nil},
	{FaultHTMLTaken, "", FaultsAfter, ordering, "taken; 503 with a page of HTML", nil},
	{FaultUnknown, "", FaultsAfter, ordering, "taken; answered with -1007, execution status unknown", nil},
	{FaultFillFirst, "1s", FaultsAfter, ordering, "answered so much later: reports, fills among them, come before the answer", isSpan},

	{FaultLost, "", FaultsFrames, "", "a frame is not sent", nil},
	{FaultCloseLost, "", FaultsFrames, "*@kline_*.closed", "the frame that closes a bar (x:true) is not sent", nil},
	{FaultDuplicate, "", FaultsFrames, "", "a frame is sent twice", nil},
	{FaultReorder, "", FaultsFrames, "", "a frame is sent after the next one of its connection", nil},
	{FaultDelay, "2s", FaultsFrames, "", "a frame is sent so much later", isSpan},
	{FaultCorrupt, "", FaultsFrames, "", "a frame ends in the middle of its JSON", nil},
	{FaultCut, "", FaultsFrames, "", "the connection is cut instead of the frame", nil},
	{FaultCutMid, "", FaultsFrames, "", "the connection is cut in the middle of the frame", nil},
	{FaultSilent, "", FaultsFrames, "", "from this frame on the connection says nothing and hears nothing, but stays open", nil},

	{FaultDown, "", FaultsState, "", "every connection is cut, those that are open and those that are made", nil},
	{FaultClock, "5s", FaultsState, "", "the clock that the venue shows and checks requests by is wrong by so much", isOffset},
	{FaultNotFound, "3s", FaultsState, "", "an order younger than this is not found (-2013), nor listed among the open ones", isSpan},
	{FaultLateMoney, "5s", FaultsState, "", "the balances of spot that requests are told are those of so long ago", isSpan},

	{FaultTick, "10", FaultsActs, "*", "price ticks of the symbols are so many times as wide", isFactor},
	{FaultCancelled, "", FaultsActs, "*", "open orders of the symbols are cancelled by hand", nil},
	{FaultPlaced, "", FaultsActs, "*", "an order far from the market is placed by hand in each of the symbols", nil},
	{FaultReduced, "", FaultsActs, "*", "open orders of the symbols are replaced by hand by others of half the quantity", nil},
	{FaultDeposit, "USDT/100", FaultsActs, "", "an amount of an asset is paid in, or out where it is negative", isAmount},
	{FaultKeyExpired, "", FaultsActs, "", "listenKeys of the futures expire", nil},
	{FaultStreamEnded, "", FaultsActs, "", "subscriptions to user data of the spot websocket API are ended (eventStreamTerminated)", nil},
	{FaultDisconnect, "", FaultsActs, "*", "websockets are closed, by their kind", nil},
	{FaultShutdown, "10s", FaultsActs, "*", "websockets are told of a shutdown (serverShutdown), and closed after so long", isSpan},
}

// FaultKinds lists all the ways to fail.
func FaultKinds() []FaultKind { return slices.Clone(faultKinds) }

func faultNames() []string {
	var names []string
	for _, k := range faultKinds {
		names = append(names, k.Name)
	}
	return names
}
