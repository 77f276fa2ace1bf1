package limit

import (
	"fmt"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/risk"
)

// The scopes of a limit: each strategy by itself, or all strategies of the account
// together, those of other chains and of none included.
const ofStrategy, ofAccount = "strategy", "account"

// checkScope reports a scope that is none. An empty one is that of a strategy.
func checkScope(scope string) error {
	if scope == "" || scope == ofStrategy || scope == ofAccount {
		return nil
	}
	return fmt.Errorf("scope = %q must be strategy or account", scope)
}

// equity returns that of the strategy or of the account, in quote.
func equity(v *risk.View, account bool) decimal.Decimal {
	if account {
		return v.AccountEquity()
	}
	return v.Equity()
}

// scoped says whose something is, where it is not the strategy's alone.
func scoped(what string, account bool) string {
	if account {
		return what + " of the account"
	}
	return what
}
