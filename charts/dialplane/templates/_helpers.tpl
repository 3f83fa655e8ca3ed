{{- define "dialplane.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{/* 52 characters leave room for what Kubernetes appends to the names of ReplicaSets and pods. */}}
{{- define "dialplane.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 52 | trimSuffix "-" }}
{{- else }}
{{- $name := include "dialplane.name" . }}
{{- if contains $name .Release.Name }}
{{- .Release.Name | trunc 52 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name $name | trunc 52 | trimSuffix "-" }}
{{- end }}
{{- end }}
{{- end }}

{{- define "dialplane.selectorLabels" -}}
app.kubernetes.io/name: {{ include "dialplane.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "dialplane.labels" -}}
{{ include "dialplane.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- define "dialplane.serviceAccountName" -}}
{{- if .Values.serviceAccount.create }}
{{- default (include "dialplane.fullname" .) .Values.serviceAccount.name }}
{{- else }}
{{- default "default" .Values.serviceAccount.name }}
{{- end }}
{{- end }}

{{- define "dialplane.image" -}}
{{- $tagged := printf "%s:%s" .Values.image.repository (default .Chart.AppVersion .Values.image.tag) }}
{{- if .Values.image.digest }}
{{- printf "%s@%s" $tagged .Values.image.digest }}
{{- else }}
{{- $tagged }}
{{- end }}
{{- end }}

{{/* Every rule is needed by a step of the operator and nothing else is granted; a test counts both. */}}
{{- define "dialplane.rules" -}}
- apiGroups: [dialplane.io]
  resources: [googleworkspaceintegrations]
  # patch: the finalizer, so that a deleted integration can release its extensions first.
  verbs: [get, list, watch, patch]
- apiGroups: [dialplane.io]
  resources: [googleworkspaceintegrations/status]
  verbs: [patch]
- apiGroups: [dialplane.io]
  resources: [pbxextensions]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [""]
  resources: [secrets]
  # Only the Secrets that an integration names, one by one: never list, never watch.
  verbs: [get]
- apiGroups: [""]
  resources: [configmaps]
  # The numbers in quarantine, in <tenant>-quarantine-<digit>.
  verbs: [get, create, patch]
- apiGroups: [events.k8s.io]
  resources: [events]
  verbs: [create, patch]
{{- end }}
