package main

import (
	"archive/tar"
	"bytes"
	"debug/elf"
	"fmt"
	"io"
	"os"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// Content is what the image is made of. The Dockerfile builds the same image, and a test holds both against each other.
type Content struct {
	Binary, Certificates, License string
	Version, Revision             string
	Created                       time.Time
}

// A number, not a name: the kubelet can check runAsNonRoot only against a number.
const user = "65532:65532"

// Without the file glibc would ask for modules that a static program does not have.
const nsswitch = "hosts: files dns\n"

var architectures = map[elf.Machine]string{elf.EM_X86_64: "amd64", elf.EM_AARCH64: "arm64"}

// Image is the image, in OCI's media types.
func (c Content) Image() (v1.Image, error) {
	architecture, err := staticArchitecture(c.Binary)
	if err != nil {
		return nil, err
	}
	files, err := c.files()
	if err != nil {
		return nil, err
	}
	open := func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(files)), nil }
	layer, err := tarball.LayerFromOpener(open, tarball.WithMediaType(types.OCILayer))
	if err != nil {
		return nil, err
	}
	image := mutate.MediaType(empty.Image, types.OCIManifestSchema1)
	image = mutate.ConfigMediaType(image, types.OCIConfigJSON)
	image, err = mutate.Append(image, mutate.Addendum{
		Layer:     layer,
		MediaType: types.OCILayer,
		History:   v1.History{Created: v1.Time{Time: c.Created}, CreatedBy: "make image"},
	})
	if err != nil {
		return nil, err
	}
	config, err := image.ConfigFile()
	if err != nil {
		return nil, err
	}
	config = config.DeepCopy()
	config.OS, config.Architecture = "linux", architecture
	config.Created = v1.Time{Time: c.Created}
	config.Config = v1.Config{
		User:         user,
		Entrypoint:   []string{"/dialplane"},
		Cmd:          []string{"run"},
		ExposedPorts: map[string]struct{}{"8080/tcp": {}, "8081/tcp": {}},
		Labels:       c.labels(),
		WorkingDir:   "/",
	}
	return mutate.ConfigFile(image, config)
}

func (c Content) labels() map[string]string {
	const prefix = "org.opencontainers.image."
	labels := map[string]string{
		prefix + "title":       "Dialplane",
		prefix + "description": "Keeps one PBX extension per Google Workspace user",
		prefix + "source":      "https://github.com/dialplane/dialplane",
		prefix + "licenses":    "Apache-2.0",
		prefix + "created":     c.Created.Format(time.RFC3339),
		prefix + "version":     c.Version,
	}
	if c.Revision != "" {
		labels[prefix+"revision"] = c.Revision
	}
	return labels
}

// files is the one layer, uncompressed.
func (c Content) files() ([]byte, error) {
	var layer bytes.Buffer
	archive := tar.NewWriter(&layer)
	header := func(name string, mode int64, kind byte, size int) *tar.Header {
		return &tar.Header{
			Name: name, Mode: mode, Typeflag: kind, Size: int64(size), ModTime: c.Created, Format: tar.FormatPAX,
		}
	}
	for _, name := range []string{"etc/", "etc/ssl/", "etc/ssl/certs/"} {
		if err := archive.WriteHeader(header(name, 0o755, tar.TypeDir, 0)); err != nil {
			return nil, err
		}
	}
	for _, file := range []struct {
		name, source, text string
		mode               int64
	}{
		{name: "LICENSE", source: c.License, mode: 0o644},
		{name: "dialplane", source: c.Binary, mode: 0o755},
		{name: "etc/nsswitch.conf", text: nsswitch, mode: 0o644},
		{name: "etc/ssl/certs/ca-certificates.crt", source: c.Certificates, mode: 0o644},
	} {
		data := []byte(file.text)
		if file.source != "" {
			var err error
			if data, err = os.ReadFile(file.source); err != nil {
				return nil, err
			}
		}
		if len(data) == 0 {
			return nil, fmt.Errorf("there is nothing to put into /%s", file.name)
		}
		if err := archive.WriteHeader(header(file.name, file.mode, tar.TypeReg, len(data))); err != nil {
			return nil, err
		}
		if _, err := archive.Write(data); err != nil {
			return nil, err
		}
	}
	if err := archive.Close(); err != nil {
		return nil, err
	}
	return layer.Bytes(), nil
}

// staticArchitecture insists on a program that needs nothing beside itself, because there is nothing beside it.
func staticArchitecture(path string) (string, error) {
	program, err := elf.Open(path)
	if err != nil {
		return "", fmt.Errorf("read %s: %w", path, err)
	}
	defer program.Close()
	for _, part := range program.Progs {
		if part.Type == elf.PT_INTERP {
			return "", fmt.Errorf("%s is not static: it asks for a loader", path)
		}
	}
	// Not in a program without a dynamic section, which is as static as can be.
	if libraries, err := program.ImportedLibraries(); err == nil && len(libraries) > 0 {
		return "", fmt.Errorf("%s is not static: it needs %v", path, libraries)
	}
	architecture, known := architectures[program.Machine]
	if !known {
		return "", fmt.Errorf("%s is for %s: amd64 and arm64 only", path, program.Machine)
	}
	return architecture, nil
}
