package venue

// Refusals of the websocket API. Where the documents give no words, they are ours: see
// docs/venue.md.
var (
	errSubscribed    = refuse(-2035, "User Data Stream subscription already active.")
	errUnsubscribed  = refuse(-2036, "User Data Stream subscription not active.")
	errSubscriptions = refuse(-2042, "Maximum subscription ID reached for this connection.")
	errJSON          = refuse(-1135, "Invalid JSON Request")
	errParams        = refuse(-1135, "Invalid 'params' in JSON request; expected an object.")
	errRequestID     = refuse(-1135, "Invalid 'id' in JSON request; expected an integer, string, or null.")
	errMethod        = refuse(-1135, "Invalid 'method' in JSON request; there is no such method.")
)
