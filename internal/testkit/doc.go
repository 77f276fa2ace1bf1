// Package testkit is a small language in which the rules of execution are shown: one
// text file a rule, with bars, what strategies do, and what must come of it.
//
// There are only a few types. A [Script] is a parsed file. A [Play] is one run of it:
// the configuration of an engine whose strategies follow the script, and the
// transcript that the engine's journal writes. A [Driver] runs a script; [Sim] does so
// as a backtest. [Update] puts a transcript into a file as what is expected.
//
// # Language
//
// A # starts a comment. Times are HH:MM[:SS[.fff]] on 1 January 2024, a Monday, UTC;
// a number of days goes before: 2d00:00 is 3 January. An asset names its instrument:
// BTC is BTCUSDT.
//
//	driver sim paper venue           which drivers must give the transcript; of the venue,
//	                                 prices, quantities, fees and ends of orders
//	cash 1000                        of the account
//	seed 7
//	option latency 30s jitter 10s slippage 10 participation 1 overflow 50
//	option spread 4 impact 10 volatility 0.5 random 3    more that worsens market and stop fills
//	option path ohlc touch queue 0.5 max-wait 2m band 0.01 no-volume
//	option detail 1m                 fills on these bars, although coarser ones are watched
//	instrument BTC tick 0.1 step 0.01 maker 0.001 taker 0.002 fee-asset quote min-notional 5
//	instrument BTC min-quantity 0.1 max-quantity 9 band-up 1.2 band-down 0.8 precision 8
//	instrument BTC max-notional 900 max-orders 5 max-stops 2 assumed
//	listing BTC 00:05 tick 0.5 min-notional 20   filters from then on; others stay as they were
//	instrument BTC perpetual leverage 5 isolated liquidation-fee 0.01 maintenance 0.005
//	instrument BTC perpetual bracket 1000 20 0.01 0 bracket 0 5 0.02 10   cap, leverage, rate, deduction
//	netting                          strategies may share a perpetual
//	funding BTC 08:00 rate 0.0001 mark 100
//	marks BTC 1m                     a table of mark prices, as of bars
//	fee-tier 1000 maker 0.0005 taker 0.0008    rates of all instruments from a 30-day volume on
//	fee-discount BNB 0.25 balance 10           pays the fees, a quarter less, while it lasts
//	bars BTC 1m                      a table of open time, OHLC and volume follows;
//	00:00 100 105 99 101 50          one price alone is a flat bar, volume is 1000
//	00:01..00:04 101                 unless given; a range is a bar each interval
//	signal grade BTC 00:00 known 00:02 value 80 source s revision 1 assumed
//	strategy a weight 0.5 on BTC on ETH   follows the "at" lines
//	strategy b weight 0.5 sma 2 3        is the strategy sma_cross
//	strategy c flatten-on-failure    its positions are closed where it fails
//	watch a bars 5m lookback 3 warmup 2  subscribes, and prints each callback
//	watch a instants 1m | orders | fills | trades | schedule */5 * * * *
//	watch a signals grade max-age 36h source s
//	rule r cut 1 for a for b         also: panic, exit-below 90, halt-below 90,
//	rule r flatten-below 90 for a    stop-account-below 90
//	rule r stop 90 for a             kept resting for each position; target 110, and trail 5:
//	                                 that far behind the best close
//	sizer z 0.5 for a                gives a quantity to orders that name none
//	at 00:02 kill                    or resume
//	at 00:02 deposit 100             to what no strategy has; of USDT unless an asset follows
//	at 00:02 withdraw 50
//	at 00:02 transfer 50 to a        or: from a, from a to b
//	at 00:02 a buy market 1 BTC      or quote 100, or nothing where a sizer gives it
//	at 00:02 a sell stop-limit 1 BTC stop 95 @ 94 post-only reduce-only
//	at 00:02 a buy limit 1 BTC @ 99 ioc    or fok, gtd 00:05, expire-after 5m
//	at 00:02 a sell take-profit 1 BTC stop 110    or take-profit-limit, with @ too
//	at 00:02 a sell trailing-stop 1 BTC trail 5% activate 110    or trail 5, trail 50bps
//	at 00:02 a bracket buy limit 1 BTC @ 99 / sell stop BTC stop 95 / sell limit BTC @ 110
//	at 00:02 a list buy limit 1 BTC @ 99 / sell stop BTC stop 95    of the venue, not ours
//	at 00:02 a oco sell stop 1 BTC stop 95 / sell limit 1 BTC @ 110
//	at 00:02 a replace 1 buy limit 1 BTC @ 98    the strategy's first order
//	at 00:02 a cancel 1              the strategy's first order
//	at 00:02 a amend 1 0.5 @ 94
//	at 00:02 a target 0.5 BTC
//	at 00:02 a print                 free cash, positions, equity, working orders
//	at 00:02 a read grade BTC        * is the market; of a kind that is watched
//	at 00:02 a rand
//	at 00:02 a fail                  gives up: its callbacks stop; or panic
//	show bars signals inputs         among the events of the transcript, and with decisions
//	show trades excursions open dust fee-balance final equity instants metrics refusals read notes silent hash
//	show flows unallocated           what moved, and the cash that no strategy has
//	expect                           the transcript, to the end of the file
//
// # Caveats
//
// What stands at a time is done in the strategy's first callback of that time; it is
// an error if there is none. A strategy that watches no bars is called at every bar
// of its instruments' finest series.
package testkit
