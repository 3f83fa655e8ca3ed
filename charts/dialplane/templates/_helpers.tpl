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

{{/* The operator needs every rule, and gets no other; a test checks both. */}}
{{- define "dialplane.rules" -}}
- apiGroups: [dialplane.io]
  resources: [googleworkspaceintegrations]
  # patch: for the finalizer, so that a deleted integration releases its extensions first.
  verbs: [get, list, watch, patch]
- apiGroups: [dialplane.io]
  resources: [googleworkspaceintegrations/status]
  verbs: [patch]
- apiGroups: [dialplane.io]
  resources: [pbxextensions]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [""]
  resources: [secrets]
  # Only the Secrets that an integration references, one by one: no list, no watch.
  verbs: [get]
{{- if or .Values.quarantine.allowed .Values.photos.allowed }}
- apiGroups: [""]
  resources: [configmaps]
  # <tenant>-quarantine-<digit> for numbers in quarantine, <extension>-photo for photos. The policy of ConfigMaps and
  # Secrets limits this to objects with Dialplane's label.
  verbs: [get, create, patch{{ if .Values.photos.allowed }}, delete{{ end }}]
{{- end }}
- apiGroups: [events.k8s.io]
  resources: [events]
  verbs: [create, patch]
{{- end }}

{{/* Cluster-wide, so the name includes the namespace: releases of the same name in two namespaces do not conflict. */}}
{{- define "dialplane.locksName" -}}
{{- printf "%s.%s.locks" (include "dialplane.fullname" .) .Release.Namespace }}
{{- end }}

{{/* The policy of ConfigMaps and Secrets; cluster-wide like the locks. */}}
{{- define "dialplane.objectsName" -}}
{{- printf "%s.%s.objects" (include "dialplane.fullname" .) .Release.Namespace }}
{{- end }}

{{/* The policy of approvals; cluster-wide like the locks. */}}
{{- define "dialplane.approvalsName" -}}
{{- printf "%s.%s.approvals" (include "dialplane.fullname" .) .Release.Namespace }}
{{- end }}

{{/* Roles for users and phone systems, by the suffix of the role's name. Each role is complete: it repeats the permissions of lesser roles. */}}
{{- define "dialplane.peoplesRoles" -}}
view:
  - apiGroups: [dialplane.io]
    resources: [googleworkspaceintegrations, pbxextensions]
    verbs: [get, list, watch]
edit:
  - apiGroups: [dialplane.io]
    resources: [googleworkspaceintegrations, pbxextensions]
    verbs: [get, list, watch, create, update, patch]
admin:
  - apiGroups: [dialplane.io]
    resources: [googleworkspaceintegrations, pbxextensions]
    verbs: [get, list, watch, create, update, patch, delete, deletecollection]
  - apiGroups: [dialplane.io]
    resources: [pbxextensions]
    # Virtual verbs that the locks check. configure allows changes to spec.sip and spec.voicemail.
    verbs: [break-glass, configure]
  - apiGroups: [dialplane.io]
    resources: [googleworkspaceintegrations]
    # Virtual verb that allows approving removals and raising the removal limit.
    verbs: [approve]
pbx:
  - apiGroups: [dialplane.io]
    resources: [pbxextensions]
    verbs: [get, list, watch, patch, configure]
  - apiGroups: [dialplane.io]
    resources: [pbxextensions/status]
    verbs: [get, update, patch]
{{- end }}

{{/* The host name in publicUrl, for ingress and gateway; asker is the name of the calling value. */}}
{{- define "dialplane.publicHost" -}}
{{- if not .root.Values.publicUrl }}
{{- fail (printf "%s.enabled requires publicUrl, the URL at which Google reaches the operator: set publicUrl, for example to https://dialplane.acme.com, or set %s.enabled=false" .asker .asker) }}
{{- end }}
{{- (urlParse .root.Values.publicUrl).hostname }}
{{- end }}
