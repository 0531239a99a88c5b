// Command monitoring reads expressions of PromQL with the parser of Prometheus, each in a line of its own as JSON, and prints the
// names and the labels that they ask for, as a list in JSON. An expression that is none is an error.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
)

type selector struct {
	Name   string   `json:"name"`
	Labels []string `json:"labels"`
}

func main() {
	selectors := []selector{}
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		var text string
		err := json.Unmarshal(lines.Bytes(), &text)
		if err == nil {
			err = collect(text, &selectors)
		}
		if err != nil {
			fmt.Fprintf(os.Stderr, "%s: %v\n", lines.Text(), err)
			os.Exit(1)
		}
	}
	if err := json.NewEncoder(os.Stdout).Encode(selectors); err != nil {
		panic(err) // standard output is gone
	}
}

func collect(text string, selectors *[]selector) error {
	expression, err := parser.ParseExpr(text)
	if err != nil {
		return err
	}
	parser.Inspect(expression, func(node parser.Node, _ []parser.Node) error {
		if vector, ok := node.(*parser.VectorSelector); ok {
			found := selector{Name: vector.Name}
			for _, matcher := range vector.LabelMatchers {
				if matcher.Name != labels.MetricName {
					found.Labels = append(found.Labels, matcher.Name)
				}
			}
			*selectors = append(*selectors, found)
		}
		return nil
	})
	return nil
}
