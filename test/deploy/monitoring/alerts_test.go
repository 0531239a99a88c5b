package main

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/promqltest"
	"github.com/prometheus/prometheus/storage"
)

const alertsFile = "../../../deploy/monitoring/alerts.yaml"

// scene is what Prometheus has read, once a minute, and which alerts fire some time later.
type scene struct {
	name   string
	series []string
	after  time.Duration
	firing []string
}

const target = `job="chatapi", instance="a"`

var scenes = []scene{
	{
		name: "all is well",
		series: []string{
			`up{` + target + `} 1x60`,
			`chatapi_view_lag_seconds{` + target + `} 0x60`,
			`chatapi_streams{` + target + `} 100+1x60`,
			`chatapi_streams{job="chatapi", instance="b"} 100+1x60`,
			`chatapi_unread_bytes{` + target + `} 1000x60`,
			`nodejs_eventloop_utilization{` + target + `} 0.5x60`,
			`process_start_time_seconds{` + target + `} 1000x30 2000x30`,
			`chatapi_calls_total{` + target + `, method="m", code="OK"} 0+6000x60`,
			`chatapi_calls_total{` + target + `, method="m", code="NOT_FOUND"} 0+6000x60`,
			`chatapi_calls_total{` + target + `, method="m", code="UNAVAILABLE"} 0+6x60`,
			`chatapi_refused_total{` + target + `, reason="UNAUTHENTICATED"} 0+6x60`,
			`chatapi_call_duration_seconds_bucket{` + target + `, method="chatapi.v1.ChatApi/GetStream", le="0.1"} 0+100x60`,
			`chatapi_call_duration_seconds_bucket{` + target + `, method="chatapi.v1.ChatApi/GetStream", le="+Inf"} 0+100x60`,
			`chatapi_store_duration_seconds_bucket{` + target + `, operation="commit", le="0.1"} 0+100x60`,
			`chatapi_store_duration_seconds_bucket{` + target + `, operation="commit", le="+Inf"} 0+100x60`,
		},
		after: 50 * time.Minute,
	},
	{
		name:   "a server is gone",
		series: []string{`up{` + target + `} 1x5 0x5`, `up{job="chatapi", instance="b"} 1x10`},
		after:  8 * time.Minute,
		firing: []string{"ChatApiDown"},
	},
	{
		name:   "a server is gone since a moment",
		series: []string{`up{` + target + `} 1x5 0x5`},
		after:  6 * time.Minute,
	},
	{
		name:   "the store is away",
		series: []string{`chatapi_view_lag_seconds{` + target + `} 0x5 60+60x5`},
		after:  9 * time.Minute,
		firing: []string{"ChatApiStoreAway"},
	},
	{
		name: "calls fail by a fault of the server",
		series: []string{
			`chatapi_calls_total{` + target + `, method="m", code="OK"} 0+600x30`,
			`chatapi_calls_total{` + target + `, method="m", code="INTERNAL"} 0+60x30`,
		},
		after:  20 * time.Minute,
		firing: []string{"ChatApiCallsFail", "ChatApiInternalErrors"},
	},
	{
		name: "calls and commits are slow",
		series: []string{
			`chatapi_call_duration_seconds_bucket{` + target + `, method="chatapi.v1.ChatApi/GetStream", le="0.1"} 0+90x30`,
			`chatapi_call_duration_seconds_bucket{` + target + `, method="chatapi.v1.ChatApi/GetStream", le="1"} 0+100x30`,
			`chatapi_call_duration_seconds_bucket{` + target + `, method="chatapi.v1.ChatApi/GetStream", le="+Inf"} 0+100x30`,
			`chatapi_store_duration_seconds_bucket{` + target + `, operation="commit", le="1"} 0+90x30`,
			`chatapi_store_duration_seconds_bucket{` + target + `, operation="commit", le="10"} 0+100x30`,
			`chatapi_store_duration_seconds_bucket{` + target + `, operation="commit", le="+Inf"} 0+100x30`,
		},
		after:  25 * time.Minute,
		firing: []string{"ChatApiCallsSlow", "ChatApiCommitsSlow"},
	},
	{
		name: "one server is busy, another does not follow",
		series: []string{
			`nodejs_eventloop_utilization{` + target + `} 0.95x30`,
			`chatapi_streams{` + target + `} 100x30`,
			`chatapi_streams{job="chatapi", instance="b"} 90x30`,
		},
		after:  15 * time.Minute,
		firing: []string{"ChatApiBusy", "ChatApiServersDiffer"},
	},
	{
		name: "limits are reached, and nobody knows who calls",
		series: []string{
			`chatapi_refused_total{` + target + `, reason="CONNECTION_LIMIT"} 0+5x30`,
			`chatapi_refused_total{` + target + `, reason="UNAUTHENTICATED"} 0+600x30`,
			`chatapi_unread_bytes{` + target + `} 250000000x30`,
		},
		after:  20 * time.Minute,
		firing: []string{"ChatApiCallersUnknown", "ChatApiConnectionLimit", "ChatApiUnreadAnswers"},
	},
	{
		name:   "a server is started again and again",
		series: []string{`process_start_time_seconds{` + target + `} 1000x5 2000x5 3000x5 4000x5`},
		after:  20 * time.Minute,
		firing: []string{"ChatApiRestarts"},
	},
}

func rules(t *testing.T) []rulefmt.Rule {
	t.Helper()
	groups, errs := rulefmt.ParseFile(alertsFile, false)
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	var all []rulefmt.Rule
	for _, group := range groups.Groups {
		all = append(all, group.Rules...)
	}
	return all
}

func TestEachAlertFiresOnItsFaultAlone(t *testing.T) {
	fired := map[string]bool{}
	for _, scene := range scenes {
		t.Run(scene.name, func(t *testing.T) {
			store := promqltest.LoadedStorage(t, "load 1m\n  "+strings.Join(scene.series, "\n  "))
			defer func() { _ = store.Close() }()
			engine := promqltest.NewTestEngine(t, false, 0, promqltest.DefaultMaxSamplesPerQuery)
			var firing []string
			for _, rule := range rules(t) {
				if isFiring(t, engine, store, rule, scene.after) {
					firing = append(firing, rule.Alert)
					fired[rule.Alert] = true
				}
			}
			slices.Sort(firing)
			if !slices.Equal(firing, scene.firing) {
				t.Fatalf("firing: %v, want %v", firing, scene.firing)
			}
		})
	}
	for _, rule := range rules(t) {
		if !fired[rule.Alert] {
			t.Errorf("no scene lets %s fire", rule.Alert)
		}
	}
}

// isFiring tells whether one label set has been in the answer at each evaluation for as long as the rule asks for.
func isFiring(t *testing.T, engine *promql.Engine, store storage.Queryable, rule rulefmt.Rule, after time.Duration) bool {
	t.Helper()
	end := time.Unix(0, 0).Add(after)
	pending := map[string]int{}
	evaluations := 0
	for at := end.Add(-time.Duration(rule.For)); !at.After(end); at = at.Add(time.Minute) {
		query, err := engine.NewInstantQuery(context.Background(), store, nil, rule.Expr, at)
		if err != nil {
			t.Fatal(err)
		}
		result, err := query.Exec(context.Background()).Vector()
		if err != nil {
			t.Fatal(err)
		}
		for _, sample := range result {
			pending[sample.Metric.String()]++
		}
		evaluations++
		query.Close()
	}
	for _, times := range pending {
		if times == evaluations {
			return true
		}
	}
	return false
}
