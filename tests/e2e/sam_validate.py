"""Validates a SAM template against SAM's own schema, and transforms it as CloudFormation would.

    sam_validate.py TEMPLATE
"""

import sys
import warnings

from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.validator.validator import SamTemplateValidator
from samtranslator.yaml_helper import yaml_parse

warnings.simplefilter("ignore", DeprecationWarning)
with open(sys.argv[1], encoding="utf-8") as file:
    template = yaml_parse(file.read())
# A folder of this machine is packaged before a deployment.
for resource in template["Resources"].values():
    if resource["Type"] == "AWS::Serverless::Function":
        resource["Properties"]["CodeUri"] = "s3://bucket/key"
problems = SamTemplateValidator().validate(template)
if problems:
    sys.exit(f"not a valid SAM template: {problems}")
values = {name: parameter.get("Default", "x") for name, parameter in template["Parameters"].items()}
transformed = Translator({}, Parser()).translate(template, values, {})
print(f"{len(transformed['Resources'])} resources")
