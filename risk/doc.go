// Package risk is the contract for the modules between strategies and the venue:
// rules, which may cut or refuse an order, halt trading and close positions, and
// sizers, which give an order its quantity.
//
// There are only a few types. A [Rule] has two methods: Init, in which it may
// subscribe by calling methods of the [Setup], and Review, which sees each order that
// adds risk. Handlers get a [Desk], through which a rule closes positions and halts.
// A [View] is what a rule or sizer may read: positions with the working orders
// counted in, prices, equity. A [Plugin] or [SizerPlugin] names one for the
// configuration.
//
// # Caveats
//
// The engine is the only road to the venue: no order passes by the rules. It splits
// each order into the part that closes a position and the rest; rules see the rest
// only, so closing is never blocked (semantics D2). A rule's own orders are
// reduce-only, skip the rules and never skip the venue's filters. A chain of rules
// has one state, shared by the strategies that name it; handlers run once for each
// of these strategies. Rules are deterministic, as strategies are.
package risk
