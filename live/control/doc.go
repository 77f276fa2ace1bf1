// Package control is the local API by which operators watch a session at work, and tell it
// what to do: JSON over HTTP, on a Unix socket that its owner alone may open and, where it
// is wanted, on an address of this machine with a token.
//
// There are only a few types. A [Server] serves a [Config]: the session, as the interface
// [Desk] that *live.Control is, and what there is to say of it. A [KillFile] stops new risk
// while a file is there. A [Client] asks a server, for the command line. Errors are
// [Problem]s (RFC 9457).
//
// # Load
//
// Who asks cannot hold up the trading: all who ask in the meantime share one look at the
// engine, and looks keep a distance. Connections, bodies and times are bounded.
//
// # Caveats
//
// Who may open the socket, or has the token, may stop the trading and close positions.
// There is no TLS: what is not on this machine comes through an SSH tunnel.
package control
