"""Each JSON column keeps the database's share of its schema, from the next write on.

NOT VALID: the lock is short, since no row is read. The next migration looks at those that are there.
"""

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('planning', '0008_index_suggestions'),
    ]

    operations = [
        AddConstraintNotValid(
            model_name='complexityscore',
            constraint=models.CheckConstraint(condition=models.Q(models.Func('factors', output_field=models.BooleanField(), template='(NOT jsonb_path_exists(%(expressions)s, \'strict $ ? (@.type() != "array" || exists(@[*] ? (@.type() != "object")))\'))')), name='complexity_scores_factors_schema', violation_error_code='invalid_json', violation_error_message='factors must be a list of factors, each with what it brought to the score.'),
        ),
        AddConstraintNotValid(
            model_name='prditem',
            constraint=models.CheckConstraint(condition=models.Q(models.Func('path', output_field=models.BooleanField(), template='(NOT jsonb_path_exists(%(expressions)s, \'strict $ ? (@.type() != "array" || exists(@[*] ? (@.type() != "string")))\'))')), name='prd_items_path_schema', violation_error_code='invalid_json', violation_error_message='path must be a list of the titles of the sections around the item, the outermost first.'),
        ),
        AddConstraintNotValid(
            model_name='prditem',
            constraint=models.CheckConstraint(condition=models.Q(models.Func('base', output_field=models.BooleanField(), template='(NOT jsonb_path_exists(%(expressions)s, \'strict $ ? (@.type() != "object" || @."content".type() != "string" || @."details".type() != "string" || exists(@."status" ? (@.type() != "string" || (@ != "pending" && @ != "in_progress" && @ != "completed" && @ != "cancelled"))) || exists(@."priority" ? (@.type() != "string" || (@ != "low" && @ != "medium" && @ != "high"))) || exists(@."estimated_minutes" ? ((@.type() != "null" && (@.type() != "number" || @ < 0 || @ > 10080 || @.floor() != @)))) || @."assignee".type() != "string" || exists(@."tags" ? (@.type() != "array" || exists(@[*] ? (@.type() != "string")))) || exists(@."acceptance_criteria" ? (@.type() != "array" || exists(@[*] ? (@.type() != "object" || (exists(@."text")) is unknown || (exists(@."met")) is unknown || @."text".type() != "string" || @."met".type() != "boolean" || exists(@.keyvalue().key ? (@ != "text" && @ != "met")))))) || exists(@."parent" ? ((@.type() != "null" && (@.type() != "string")))) || exists(@."dependencies" ? (@.type() != "array" || exists(@[*] ? (@.type() != "string")))) || @."external_key".type() != "string" || @."source_section".type() != "string" || exists(@.keyvalue().key ? (@ != "content" && @ != "details" && @ != "status" && @ != "priority" && @ != "estimated_minutes" && @ != "assignee" && @ != "tags" && @ != "acceptance_criteria" && @ != "parent" && @ != "dependencies" && @ != "external_key" && @ != "source_section")))\'))')), name='prd_items_base_schema', violation_error_code='invalid_json', violation_error_message="base must be a JSON object of a task's values by field, as the document gave them."),
        ),
        AddConstraintNotValid(
            model_name='prdplan',
            constraint=models.CheckConstraint(condition=models.Q(models.Func('notes', output_field=models.BooleanField(), template='(NOT jsonb_path_exists(%(expressions)s, \'strict $ ? (@.type() != "array" || exists(@[*] ? (@.type() != "object" || (exists(@."code")) is unknown || (exists(@."message")) is unknown || (exists(@."line")) is unknown || exists(@."code" ? (@.type() != "string" || @ == "")) || @."message".type() != "string" || exists(@."line" ? ((@.type() != "null" && (@.type() != "number" || @ < 1 || @ > 9007199254740991 || @.floor() != @)))) || exists(@.keyvalue().key ? (@ != "code" && @ != "message" && @ != "line")))))\'))')), name='prd_plans_notes_schema', violation_error_code='invalid_json', violation_error_message='notes must be a list of notes, each with a code, a message and a line or null.'),
        ),
        AddConstraintNotValid(
            model_name='prdplan',
            constraint=models.CheckConstraint(condition=models.Q(models.Func('pins', output_field=models.BooleanField(), template='(NOT jsonb_path_exists(%(expressions)s, \'strict $ ? (@.type() != "object" || exists(@.* ? (@.type() != "string" || @ == "")))\'))')), name='prd_plans_pins_schema', violation_error_code='invalid_json', violation_error_message="pins must be a JSON object of strings: by an item's key the earlier item, the task or new."),
        ),
        AddConstraintNotValid(
            model_name='prdplanentry',
            constraint=models.CheckConstraint(condition=models.Q(models.Func('candidates', output_field=models.BooleanField(), template='(NOT jsonb_path_exists(%(expressions)s, \'strict $ ? (@.type() != "array" || exists(@[*] ? (@.type() != "object" || (exists(@."item_id")) is unknown || (exists(@."task_id")) is unknown || (exists(@."key")) is unknown || (exists(@."title")) is unknown || (exists(@."score")) is unknown || exists(@."item_id" ? (@.type() != "string" || @ == "")) || exists(@."task_id" ? ((@.type() != "null" && (@.type() != "string")))) || @."key".type() != "string" || @."title".type() != "string" || exists(@."score" ? (@.type() != "number" || @ < 0 || @ > 100 || @.floor() != @)) || exists(@.keyvalue().key ? (@ != "item_id" && @ != "task_id" && @ != "key" && @ != "title" && @ != "score")))))\'))')), name='prd_plan_entries_candidates_schema', violation_error_code='invalid_json', violation_error_message='candidates must be a list of candidates, each with the ids and titles of an earlier item.'),
        ),
        AddConstraintNotValid(
            model_name='prdplanentry',
            constraint=models.CheckConstraint(condition=models.Q(models.Func('fields', output_field=models.BooleanField(), template='(NOT jsonb_path_exists(%(expressions)s, \'strict $ ? (@.type() != "array" || exists(@[*] ? (@.type() != "object" || (exists(@."field")) is unknown || (exists(@."base")) is unknown || (exists(@."mine")) is unknown || (exists(@."theirs")) is unknown || (exists(@."result")) is unknown || (exists(@."verdict")) is unknown || (exists(@."reason")) is unknown || (exists(@."place")) is unknown || exists(@."field" ? (@.type() != "string" || (@ != "content" && @ != "details" && @ != "status" && @ != "priority" && @ != "estimated_minutes" && @ != "assignee" && @ != "tags" && @ != "acceptance_criteria" && @ != "parent" && @ != "dependencies" && @ != "external_key" && @ != "source_section" && @ != "deleted" && @ != "removed_from_prd"))) || exists(@."verdict" ? (@.type() != "string" || (@ != "take" && @ != "conflict"))) || @."reason".type() != "string" || exists(@."place" ? ((@.type() != "null" && (@.type() != "object" || (exists(@."first_line")) is unknown || (exists(@."last_line")) is unknown || (exists(@."rule")) is unknown || (exists(@."confidence")) is unknown || exists(@."first_line" ? (@.type() != "number" || @ < 1 || @ > 9007199254740991 || @.floor() != @)) || exists(@."last_line" ? (@.type() != "number" || @ < 1 || @ > 9007199254740991 || @.floor() != @)) || @."rule".type() != "string" || @."confidence".type() != "string" || exists(@.keyvalue().key ? (@ != "first_line" && @ != "last_line" && @ != "rule" && @ != "confidence")))))) || exists(@.keyvalue().key ? (@ != "field" && @ != "base" && @ != "mine" && @ != "theirs" && @ != "result" && @ != "verdict" && @ != "reason" && @ != "place")))) || exists(@.** ? (@ > 9007199254740991 || @ < -9007199254740991)) || exists(@.**{65 to last}))\'))')), name='prd_plan_entries_fields_schema', violation_error_code='invalid_json', violation_error_message='fields must be a list of changes, each of one field with its three values, the result and a verdict.'),
        ),
        AddConstraintNotValid(
            model_name='prdplanentry',
            constraint=models.CheckConstraint(condition=models.Q(models.Func('answers', output_field=models.BooleanField(), template='(NOT jsonb_path_exists(%(expressions)s, \'strict $ ? (@.type() != "object" || exists(@."choices" ? (@.type() != "object" || exists(@.* ? (@.type() != "string" || (@ != "mine" && @ != "theirs"))))) || @."values".type() != "object" || exists(@.keyvalue().key ? (@ != "choices" && @ != "values")) || exists(@.** ? (@ > 9007199254740991 || @ < -9007199254740991)) || exists(@.**{65 to last}))\'))')), name='prd_plan_entries_answers_schema', violation_error_code='invalid_json', violation_error_message="answers must be a JSON object with the reviewer's choices and values by field."),
        ),
    ]
