package tidings.ui.model

import java.time.LocalDate
import java.time.format.DateTimeParseException
import tidings.sdk.FieldValue
import tidings.sdk.FormField
import tidings.sdk.FormFieldKind
import tidings.ui.Words

/** What has been entered into a form so far, by the ids of its fields. */
public data class FormEntry(val texts: Map<String, String> = emptyMap(), val checked: Map<String, Boolean> = emptyMap()) {
    public fun with(field: FormField, text: String): FormEntry = copy(texts = texts + (field.id to text))

    public fun with(field: FormField, yes: Boolean): FormEntry = copy(checked = checked + (field.id to yes))

    /** What is wrong with a field, for a person; null: nothing. */
    public fun problem(field: FormField, words: Words): String? {
        val text = texts[field.id].orEmpty().trim()
        return when {
            field.kind == FormFieldKind.BOOLEAN -> null
            text.isEmpty() -> if (field.required) words.missing else null
            field.kind == FormFieldKind.NUMBER && number(text) == null -> words.notANumber
            field.kind == FormFieldKind.EMAIL && !looksLikeEmail(text) -> words.notAnEmail
            field.kind == FormFieldKind.DATE && day(text) == null -> words.notADay
            else -> null
        }
    }

    /** The answers in the kinds of their fields; null: something is missing or of another kind. */
    public fun answers(fields: List<FormField>, words: Words): Map<String, FieldValue>? {
        if (fields.any { problem(it, words) != null }) return null
        return fields.mapNotNull { field -> value(field)?.let { field.id to it } }.toMap()
    }

    private fun value(field: FormField): FieldValue? {
        val text = texts[field.id].orEmpty().trim()
        return when (field.kind) {
            FormFieldKind.BOOLEAN -> (checked[field.id] ?: false.takeIf { field.required })?.let(FieldValue::Boolean)
            FormFieldKind.TEXT, FormFieldKind.EMAIL -> text.ifEmpty { null }?.let(FieldValue::Text)
            FormFieldKind.NUMBER -> number(text)?.let(FieldValue::Number)
            FormFieldKind.DATE -> day(text)?.let(FieldValue::Date)
        }
    }

    private fun number(text: String) = text.replace(',', '.').toDoubleOrNull()?.takeIf { it.isFinite() }

    private fun looksLikeEmail(text: String) = Regex("[^@\\s]+@[^@\\s]+").matches(text)

    private fun day(text: String): LocalDate? = try {
        LocalDate.parse(text)
    } catch (_: DateTimeParseException) {
        null
    }
}
