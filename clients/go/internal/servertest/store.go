package servertest

import (
	"crypto/rand"
	"os"
	"path/filepath"
	"strings"
)

// storeTemplate is a store URL in which DATABASE stands for the name of a new database. Default: SQLite.
const storeTemplate = "CHATAPI_TEST_STORE"

// NewStore is the URL of an empty store; what it keeps in files is in the folder.
func NewStore(folder string) string {
	name := "chatapi-" + strings.ToLower(rand.Text())
	if template := os.Getenv(storeTemplate); template != "" {
		return strings.ReplaceAll(template, "DATABASE", name)
	}
	return "sqlite:" + filepath.Join(folder, name+".db")
}
