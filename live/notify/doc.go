// Package notify tells people what a session does, through Telegram, Slack, Discord or a
// webhook.
//
// There are only a few types. A [Message] is one line to tell. A [Service] is where messages
// go; a [Sender] queues them for one service, and [Sender.Run] sends them. A [Handler] makes
// messages of what is logged, so that a log and a telephone never disagree.
//
// # Caveats
//
// [Sender.Tell] never waits: where a service is slow or away, the queue drops its oldest
// messages and says how many. So nothing depends on a message having arrived. A burst
// becomes one message, and messages keep a distance that the services allow. Addresses and
// tokens are secrets: no error and no log shows them.
package notify
