"""Question, quoted sentence and claim over many topics: all rules together release what is right and refuse what is not.

Invented sentences in the manner of guidelines; no figure in them is advice.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from rag.ports import CheckInput, Judgement
from rag.settings import VerificationSettings
from rag.verify.verifier import make_checks

Build = Callable[..., CheckInput]
_TITLES = {
    "At what haemoglobin do we transfuse a stable ICU patient?": "Red cell transfusion by haemoglobin",
    "How strong is the evidence for corticosteroids in septic shock?": "Sepsis: corticosteroids in septic shock",
    "Single-dose HPV schedule: strong or conditional recommendation?": "HPV vaccines",
    "Which CKD stage is an eGFR of 40?": "CKD stages",
}
"""Of the documents whose sentence leaves the subject to the title; the others are just "A guide"."""

RIGHT = [
    ("Child with acute asthma in the ED: prednisolone mg/kg and for how long?", "In children with an acute exacerbation, give oral prednisolone 1–2 mg/kg once daily for 3 to 5 days.", "Give oral prednisolone 1–2 mg/kg once daily for 3 to 5 days."),
    ("Severe malaria, IV artesunate: what's the dose per kilo in someone over 20 kg?", "Artesunate should be given at 2.4 mg/kg body weight intravenously at 0, 12 and 24 hours, then once a day; children weighing less than 20 kg should receive 3 mg/kg.", "Artesunate is given at 2.4 mg/kg body weight intravenously at 0, 12 and 24 hours, then once a day."),
    ("How much fluid up front in septic shock?", "For patients with sepsis-induced hypoperfusion we suggest that at least 30 mL/kg of crystalloid be given within the first 3 hours.", "At least 30 ml/kg of crystalloid is suggested within the first 3 hours."),
    ("Enoxaparin treatment dose with CrCl of 20?", "In severe renal impairment (creatinine clearance 15–30 mL/min) enoxaparin is given at 1 mg/kg once daily.", "Enoxaparin is given at 1 mg/kg once daily when creatinine clearance is 15–30 mL/min."),
    ("Adrenaline for anaphylaxis, adult: dose and route?", "Adults should receive adrenaline 0.5 mg by intramuscular injection into the anterolateral thigh.", "Adrenaline 0.5 mg is injected intramuscularly into the anterolateral thigh."),
    ("Iron in pregnancy – daily amount?", "Daily oral supplementation with 30–60 mg of elemental iron is recommended for pregnant women.", "Pregnant women should take 30–60 mg of elemental iron daily."),
    ("Uncomplicated pyelonephritis, how long ciprofloxacin?", "Ciprofloxacin is given for 7 days in uncomplicated pyelonephritis.", "Ciprofloxacin is given for 7 days."),
    ("How many days of amoxicillin for a chest infection in a toddler?", "Children aged 2–59 months with fast-breathing pneumonia should receive oral amoxicillin for 5 days.", "Oral amoxicillin is given for 5 days."),
    ("For what period should anticoagulation continue after an unprovoked PE?", "After an unprovoked pulmonary embolism, anticoagulation should be continued for at least 3 months.", "Anticoagulation continues for at least 3 months after an unprovoked pulmonary embolism."),
    ("Steroid course length in COPD flare?", "Prednisone 40 mg daily for 5 days is recommended for exacerbations of COPD.", "Prednisone 40 mg daily is recommended for 5 days."),
    ("How often should viral load be checked once suppressed?", "Once suppression is established, viral load should be monitored every 6 to 12 months.", "Viral load should be monitored every 6–12 months."),
    ("How many times a day is nifedipine retard taken?", "Nifedipine retard is taken twice daily.", "Nifedipine retard is taken twice daily."),
    ("What interval between HPV vaccine doses in girls of 12?", "Girls aged 9–14 years receive two doses of HPV vaccine 6 months apart.", "Two doses of HPV vaccine are given 6 months apart to girls aged 9–14 years."),
    ("Haemodialysis: sessions per week?", "Most patients need haemodialysis three times a week.", "Haemodialysis is needed three times a week in most patients."),
    ("At what haemoglobin do we transfuse a stable ICU patient?", "A restrictive threshold of 7 g/dL is recommended for haemodynamically stable adults in intensive care.", "Transfusion is recommended at a haemoglobin of 7 g/dL in stable adults in intensive care."),
    ("Below what eGFR should metformin be stopped?", "Metformin should be stopped when the eGFR falls below 30 mL/min/1.73 m2.", "Metformin should be stopped below an eGFR of 30 mL/min/1.73 m2."),
    ("What ferritin defines iron deficiency in adults?", "In apparently healthy adults, ferritin below 15 µg/L indicates iron deficiency.", "Ferritin below 15 µg/L indicates iron deficiency."),
    ("CURB-65: which score means hospital?", "Patients with a CURB-65 score of 2 or more should be considered for admission.", "A CURB-65 score of 2 or more should lead to considering admission."),
    ("Which systolic should we aim for after thrombolysis?", "After thrombolysis, keep blood pressure below 180/105 mmHg for 24 hours.", "Blood pressure should be kept below 180/105 mmHg for 24 hours after thrombolysis."),
    ("Is azithromycin safe in pregnancy?", "Azithromycin can be used in pregnancy.", "Azithromycin can be used in pregnancy."),
    ("Should every newborn get vitamin K?", "All newborns should be given 1 mg of vitamin K intramuscularly after birth.", "Yes, all newborns should be given 1 mg of vitamin K after birth."),
    ("Can a breastfeeding mother take warfarin?", "Warfarin is compatible with breastfeeding.", "Warfarin is compatible with breastfeeding."),
    ("Do we still need a test of cure after chlamydia treatment?", "Test of cure is not routinely recommended after treatment of uncomplicated chlamydia in non-pregnant adults.", "No, a test of cure is not routinely recommended."),
    ("Antibiotics for otitis media straight away, or wait?", "Watchful waiting for 48–72 hours is appropriate in children over 2 years with mild otitis media.", "Watchful waiting for 48–72 hours is appropriate in children over 2 years with mild disease."),
    ("Which drugs are first line for generalised anxiety disorder?", "First-line drugs for generalised anxiety disorder are sertraline, escitalopram and venlafaxine.", "Sertraline, escitalopram and venlafaxine are the first-line drugs."),
    ("What are the red flags in back pain?", "Red flags in low back pain include saddle anaesthesia, urinary retention and progressive motor weakness.", "Red flags include saddle anaesthesia, urinary retention and progressive motor weakness."),
    ("Name the vaccines given at birth.", "At birth, infants receive BCG, hepatitis B and oral polio vaccine.", "BCG, hepatitis B and oral polio vaccine are given at birth."),
    ("How strong is the evidence for corticosteroids in septic shock?", "We suggest intravenous corticosteroids (weak recommendation, moderate quality of evidence).", "It is a weak recommendation with moderate quality of evidence."),
    ("Single-dose HPV schedule: strong or conditional recommendation?", "A single-dose schedule may be used in girls aged 9–14 years (conditional recommendation, moderate certainty).", "The single-dose schedule is a conditional recommendation."),
    ("Who must not get the live flu vaccine?", "Live attenuated influenza vaccine is contraindicated in people with severe immunosuppression and in pregnancy.", "Live attenuated influenza vaccine is contraindicated in severe immunosuppression and in pregnancy."),
    ("When is primaquine off the table?", "Primaquine is contraindicated in pregnancy, in infants under 6 months and in severe G6PD deficiency.", "Primaquine is contraindicated in pregnancy, in infants under 6 months and in severe G6PD deficiency."),
    ("What counts as severe acute malnutrition by arm circumference?", "Severe acute malnutrition is defined as a mid-upper arm circumference below 115 mm in children aged 6–59 months.", "A mid-upper arm circumference below 115 mm defines severe acute malnutrition in children aged 6–59 months."),
    ("What is meant by chronic cough?", "Chronic cough is defined as a cough lasting more than 8 weeks in adults.", "Chronic cough is a cough that lasts more than 8 weeks in adults."),
    ("Which CKD stage is an eGFR of 40?", "Stage 3b is an eGFR of 30–44 mL/min/1.73 m2.", "Stage 3b is an eGFR of 30–44 mL/min/1.73 m2."),
    ("Apixaban or warfarin in AF: which bleeds less?", "Compared with warfarin, apixaban reduced major bleeding by 31% in atrial fibrillation.", "Apixaban reduced major bleeding by 31% compared with warfarin."),
    ("Levetiracetam versus phenytoin for status: any difference in seizure control?", "Levetiracetam and phenytoin did not differ in the cessation of convulsive status epilepticus.", "Levetiracetam and phenytoin did not differ in stopping status epilepticus."),
    ("Oral vs IV iron in haemodialysis?", "In patients on haemodialysis, intravenous iron is preferred to oral iron.", "Intravenous iron is preferred to oral iron in patients on haemodialysis."),
    ("Since the guideline advises routine antibiotics for acute bronchitis, which one first?", "Antibiotics are not recommended for acute bronchitis.", "Antibiotics are not recommended for acute bronchitis."),
    ("How many weeks should the aspirin be continued after the guideline starts it for primary prevention at 75?", "Low-dose aspirin should not be started for primary prevention in adults aged 60 years or older.", "Aspirin should not be started for primary prevention in adults aged 60 years or older."),
    ("What dose of ivermectin does WHO give for COVID-19?", "WHO recommends not to use ivermectin in patients with COVID-19 except in clinical trials.", "WHO recommends not to use ivermectin in patients with COVID-19 except in clinical trials."),
    ("Lithium: target level, how often to check, and which drugs to avoid with it?", "Thiazides and NSAIDs raise lithium levels and should be avoided.", "Thiazides and NSAIDs should be avoided with lithium."),
    ("Gentamicin in endocarditis: dose, route, and what monitoring?", "Renal function and serum gentamicin levels should be monitored.", "Renal function and serum gentamicin levels should be monitored."),
    ("When do I start ART after TB meningitis is diagnosed, and does the steroid dose change?", "ART should be delayed for 4–8 weeks after treatment for TB meningitis is started.", "ART should be delayed for 4–8 weeks after the start of treatment for TB meningitis."),
    ("Wells 5, PE suspected, scan tomorrow. Anticoagulate tonight? With what?", "If imaging is delayed, interim therapeutic anticoagulation should be offered, preferably with apixaban or rivaroxaban.", "Interim anticoagulation should be offered, preferably with apixaban or rivaroxaban."),
    ("Croup, 2-year-old: steroid dose, and repeat?", "Children with croup should receive a single dose of dexamethasone 0.15 mg/kg.", "Children with croup receive a single dose of dexamethasone 0.15 mg/kg."),
    ("How much oxygen in COPD, and by which mask?", "In COPD aim for an oxygen saturation of 88–92%, using a Venturi mask.", "A Venturi mask is used in COPD."),
    ("Which drug and how long for latent TB in a contact?", "Latent tuberculosis can be treated with rifampicin daily for 4 months.", "Rifampicin is given daily for 4 months."),
    ("PPI before endoscopy for upper GI bleed? Dose?", "Acid suppression before endoscopy should not be offered to patients with suspected non-variceal bleeding.", "Acid suppression before endoscopy should not be offered."),
    ("What's the cut-off for stage 2 AKI and do I stop the ACE inhibitor?", "Stage 2 AKI is a rise in serum creatinine to 2.0–2.9 times baseline.", "Stage 2 AKI is a rise in serum creatinine to 2.0–2.9 times baseline."),
    ("PEP window HIV?", "Post-exposure prophylaxis should be started within 72 hours of exposure to HIV.", "Post-exposure prophylaxis should be started within 72 hours of exposure."),
    ("Tetanus booster interval?", "A tetanus booster is given every 10 years.", "A tetanus booster is given every 10 years."),
    ("Amiodarone and statin?", "Simvastatin should not exceed 20 mg daily in patients taking amiodarone.", "Simvastatin should not exceed 20 mg daily with amiodarone."),
    ("DOAC in antiphospholipid syndrome?", "DOACs are not recommended in patients with antiphospholipid syndrome.", "DOACs are not recommended in antiphospholipid syndrome."),
    ("hyperkalaemia ECG changes what to give", "Intravenous calcium gluconate should be given when hyperkalaemia causes ECG changes.", "Give intravenous calcium gluconate."),
    ("G6PD test before primaquine?", "G6PD status should be tested before primaquine is prescribed.", "G6PD status should be tested before primaquine."),
    ("sepsis lactate recheck", "If the initial lactate is above 2 mmol/L, it should be measured again within 2–4 hours.", "Lactate should be measured again within 2–4 hours if it was above 2 mmol/L."),
    ("Zinc in diarrhoea, kids?", "Children with diarrhoea should receive zinc for 10–14 days.", "Children with diarrhoea receive zinc for 10–14 days."),
    ("ACEi cough alternative?", "An angiotensin receptor blocker can replace an ACE inhibitor that causes cough.", "An angiotensin receptor blocker can replace it."),
    ("Dabigatran renal cut-off", "Dabigatran is contraindicated when creatinine clearance is below 30 mL/min.", "Dabigatran is contraindicated when creatinine clearance is below 30 mL/min."),
    ("How many people worldwide live with hepatitis B?", "An estimated 254 million were living with chronic hepatitis B in 2022.", "In 2022, 254 million were living with chronic hepatitis B."),
    ("What is the prevalence of asthma in schoolchildren?", "Asthma affects 9% of schoolchildren.", "Asthma affects 9% of schoolchildren."),
    ("What mortality does untreated kala-azar have?", "Untreated visceral leishmaniasis is fatal in over 95% of cases.", "Untreated visceral leishmaniasis is fatal in over 95% of cases."),
    ("How often is the catheter changed?", "Long-term urinary catheters are replaced every 12 weeks.", "Long-term urinary catheters are replaced every 12 weeks."),
    ("How soon after a stroke may alteplase be given?", "Alteplase is given within 4.5 hours of the onset of stroke.", "Alteplase is given within 4.5 hours of the onset of stroke."),
    ("How old must a child be for the nasal flu vaccine?", "The nasal influenza vaccine is licensed from 2 years of age.", "The nasal vaccine is licensed from 2 years of age."),
    ("How fast can sodium be corrected in chronic hyponatraemia?", "Correction of chronic hyponatraemia should not exceed 8 mmol/L in 24 hours.", "Correction should not exceed 8 mmol/L in 24 hours."),
    ("How many mg of folic acid with methotrexate?", "Folic acid 5 mg once weekly is given with methotrexate.", "Folic acid 5 mg is given once weekly."),
    ("In which age group is RSV vaccination advised?", "RSV vaccination is recommended for adults aged 75 years and older.", "RSV vaccination is recommended for adults aged 75 years and older."),
    ("Which age group benefits most from screening?", "Women in their fifties benefit most from screening.", "Women in their fifties benefit most."),
    ("What dose form of mesalazine for proctitis?", "Mesalazine suppositories are preferred for proctitis.", "Suppositories are preferred for proctitis."),
    ("Which drugs need a dose reduction in dialysis?", "Gabapentin and pregabalin need a reduced dose in dialysis.", "Gabapentin and pregabalin need a reduced dose."),
    ("What increases the risk of lithium toxicity?", "Dehydration and thiazides increase the risk of lithium toxicity.", "Dehydration and thiazides increase the risk."),
    ("What is the goal of treatment in palliative care?", "The goal of palliative care is relief of suffering.", "The goal is relief of suffering."),
    ("NYHA III: is sacubitril an option?", "Sacubitril-valsartan is recommended in NYHA class II–IV with reduced ejection fraction.", "Sacubitril-valsartan is recommended in NYHA class II–IV."),
    ("CKD 3b and gout, allopurinol start?", "In CKD stage 3 or worse start allopurinol at 50 mg daily.", "Start allopurinol at 50 mg daily in CKD stage 3 or worse."),
    ("Does T2 disease need chemo first?", "In T2–T4 tumours chemotherapy precedes surgery.", "Chemotherapy precedes surgery in T2–T4 tumours."),
    ("Grade 3 rash: do I stop the drug?", "For grade 3 or higher rash, stop the drug permanently.", "The drug is stopped permanently for grade 3 or higher rash."),
    ("COVID-19 in dialysis: remdesivir?", "Remdesivir can be given to dialysis patients with COVID-19.", "Remdesivir can be given to dialysis patients."),
    ("Is step 3 therapy in GINA a low-dose ICS-formoterol?", "At GINA steps 3 and 4, ICS-formoterol is the preferred maintenance and reliever.", "ICS-formoterol is preferred at steps 3 and 4."),
    ("IL-6 blocker in severe COVID?", "IL-6 receptor blockers are recommended in severe COVID-19.", "IL-6 receptor blockers are recommended in severe COVID-19."),
    ("Snake bite, coagulopathy: how many vials of antivenom to begin?", "Patients with coagulopathy after viper bite are given 10 vials of antivenom.", "Patients with coagulopathy are given 10 vials of antivenom."),
    ("Dose of dexamethasone before bacterial meningitis antibiotics?", "Adults with suspected bacterial meningitis receive dexamethasone 10 mg intravenously before or with the first antibiotic.", "Dexamethasone 10 mg is given intravenously before or with the first antibiotic."),
    ("How long to isolate scarlet fever?", "Children with scarlet fever stay away from school until 24 hours after the first antibiotic dose.", "Children stay away from school until 24 hours after the first antibiotic dose."),
    ("Phosphate binder: when do we start one in dialysis?", "Phosphate binders are started when serum phosphate stays above 1.78 mmol/L.", "They are started when serum phosphate stays above 1.78 mmol/L."),
    ("Is a chest X-ray needed before starting methotrexate?", "A baseline chest radiograph should be obtained before methotrexate is started.", "A baseline chest radiograph should be obtained before methotrexate is started."),
    ("What is the quality of evidence behind cooling newborns with encephalopathy?", "Therapeutic hypothermia is recommended for newborns with encephalopathy (strong recommendation, high-certainty evidence).", "The recommendation is strong and rests on high-certainty evidence."),
    ("Which antihypertensives may I use at 30 weeks?", "In pregnancy labetalol, nifedipine and methyldopa can be used.", "Labetalol, nifedipine and methyldopa can be used in pregnancy."),
    ("HbA1c goal for frail 85-year-old?", "In frail older adults an HbA1c below 8.5% is reasonable.", "An HbA1c below 8.5% is reasonable in frail older adults."),
    ("Warfarin bridging with LMWH in AF before colonoscopy?", "Bridging with low-molecular-weight heparin is not recommended in atrial fibrillation.", "Bridging with low-molecular-weight heparin is not recommended in atrial fibrillation."),
    ("DKA child: fluid deficit over how many hours, and insulin units/kg/h?", "In children with ketoacidosis insulin is infused at 0.05–0.1 units/kg/hour.", "Insulin is infused at 0.05–0.1 units/kg/hour in children with ketoacidosis."),
    ("Who gets palivizumab?", "Palivizumab is offered to infants born before 29 weeks of gestation.", "Infants born before 29 weeks of gestation are offered palivizumab."),
    ("Define refractory status epilepticus.", "Status epilepticus that continues after two antiseizure drugs is called refractory.", "Refractory status epilepticus continues after two antiseizure drugs."),
    ("Difference between delirium and dementia?", "Delirium begins within hours to days, dementia over months to years.", "Delirium begins within hours to days, dementia over months to years."),
    ("In cardiac arrest adrenaline every how many minutes?", "During cardiac arrest adrenaline 1 mg is repeated every 3–5 minutes.", "Adrenaline 1 mg is repeated every 3–5 minutes."),
    ("What peak flow makes asthma life-threatening?", "A peak expiratory flow below 33% of best or predicted is life-threatening asthma.", "A peak expiratory flow below 33% of best or predicted makes asthma life-threatening."),
    ("The guideline bans nifedipine in breastfeeding, so what instead?", "Nifedipine can be used during breastfeeding.", "Nifedipine can be used during breastfeeding."),
    ("Allopurinol in an acute gout attack: stop or carry on?", "Allopurinol should be continued during an acute attack of gout.", "Allopurinol should be continued during an acute attack."),
    ("Vitamin D dose for infants who are breastfed?", "Breastfed infants receive 400 IU of vitamin D daily.", "Breastfed infants receive 400 IU of vitamin D daily."),
    ("What should the SpO2 be kept at in acute MI?", "In myocardial infarction oxygen is given only if saturation is below 90%.", "Oxygen is given only if saturation is below 90%."),
    ("Maximum lidocaine with adrenaline, mg/kg?", "With adrenaline, lidocaine should not exceed 7 mg/kg.", "Lidocaine with adrenaline should not exceed 7 mg/kg."),
    ("How is scabies treated and when do I repeat?", "Permethrin 5% cream is applied and repeated after 7 days.", "Permethrin 5% cream is applied and repeated after 7 days."),
    ("When to clamp the cord?", "The umbilical cord should not be clamped earlier than 1 minute after birth.", "The cord should not be clamped earlier than 1 minute after birth."),
    ("Hypertensive emergency: how much to lower MAP in the first hour?", "Mean arterial pressure should be lowered by no more than 25% in the first hour.", "Mean arterial pressure is lowered by no more than 25% in the first hour."),
    ("Does the guideline support screening for AAA in women?", "Screening for abdominal aortic aneurysm is not recommended in women who have never smoked.", "Screening is not recommended in women who have never smoked."),
    ("Which oral antibiotic for cellulitis and how long?", "Flucloxacillin 500 mg four times daily for 5 to 7 days is first choice for cellulitis.", "Flucloxacillin 500 mg four times daily for 5 to 7 days is first choice."),
    ("Migraine prophylaxis: options?", "Propranolol, topiramate or candesartan can be offered to prevent migraine.", "Propranolol, topiramate or candesartan can be offered."),
    ("Do I need to stop the SGLT2 inhibitor before surgery? How early?", "SGLT2 inhibitors should be stopped at least 3 days before surgery.", "SGLT2 inhibitors should be stopped at least 3 days before surgery."),
    ("LDL target after a heart attack?", "After myocardial infarction LDL cholesterol should be below 1.4 mmol/L.", "LDL cholesterol should be below 1.4 mmol/L after myocardial infarction."),
    ("Fever in a 5-week-old: admit?", "Infants younger than 3 months with fever should be admitted.", "Infants younger than 3 months with fever should be admitted."),
    ("What percentage of contacts develop TB?", "About 5% of infected contacts develop active tuberculosis within two years.", "About 5% of infected contacts develop active tuberculosis."),
    ("How high may the dose of quetiapine go in bipolar mania?", "In mania quetiapine is increased to a maximum of 800 mg per day.", "The maximum of quetiapine is 800 mg per day in mania."),
    ("When can a patient drive after a first seizure?", "Patients may drive again 6 months after a first unprovoked seizure.", "Patients may drive again 6 months after a first seizure."),
    ("Anaemia of CKD: at what Hb start epo, target Hb?", "Erythropoietin is started when haemoglobin is below 10 g/dL in chronic kidney disease.", "Erythropoietin is started when haemoglobin is below 10 g/dL."),
    ("Acute pancreatitis: early feeding ok?", "Oral feeding within 24 hours is recommended in mild acute pancreatitis.", "Oral feeding within 24 hours is recommended in mild acute pancreatitis."),
    ("Which patients with pneumonia need a follow-up X-ray?", "A follow-up radiograph at 6 weeks is advised for smokers over 50 years.", "Smokers over 50 years need a follow-up radiograph at 6 weeks."),
    ("Is the evidence good for compression stockings after DVT?", "Compression stockings do not prevent post-thrombotic syndrome (moderate-certainty evidence).", "Compression stockings do not prevent post-thrombotic syndrome."),
    ("Rate or rhythm control for new AF?", "Early rhythm control is suggested within 12 months of diagnosis of atrial fibrillation.", "Early rhythm control is suggested within 12 months of diagnosis."),
    ("How is anaphylaxis defined here?", "Anaphylaxis is a serious systemic hypersensitivity reaction that is rapid in onset.", "Anaphylaxis is a serious systemic hypersensitivity reaction of rapid onset."),
    ("Oxytocin after delivery, IM, how much?", "Oxytocin 10 IU intramuscularly is recommended for prevention of postpartum haemorrhage.", "Oxytocin 10 IU intramuscularly is recommended."),
    ("Bedside glucose 2.9 in a conscious adult: what and how much?", "Conscious adults with hypoglycaemia take 15–20 g of fast-acting carbohydrate.", "Conscious adults take 15–20 g of fast-acting carbohydrate."),
    ("Burns: Parkland volume?", "The Parkland formula gives 4 mL/kg per percent of body surface burned in 24 hours.", "The Parkland formula gives 4 mL/kg per percent of body surface burned."),
    ("Naloxone infusion after methadone overdose, why?", "Naloxone wears off before methadone, so an infusion may be needed.", "An infusion may be needed since naloxone wears off before methadone."),
    ("What causes high potassium in dialysis patients?", "Missed sessions and dietary excess are the main causes of hyperkalaemia in dialysis.", "Missed sessions and dietary excess are the main causes."),
    ("Vaccines before splenectomy: which, and how long before?", "Pneumococcal, meningococcal and Hib vaccines are given at least 2 weeks before elective splenectomy.", "Pneumococcal, meningococcal and Hib vaccines are given."),
    ("Metoclopramide limit?", "Metoclopramide should not be used for more than 5 days.", "Metoclopramide should not be used for more than 5 days."),
    ("Asthma, 8-year-old, ICS dose ceiling?", "In children aged 6–11 years the maximum of budesonide is 800 mcg daily.", "In children aged 6–11 years the maximum of budesonide is 800 mcg daily."),
    ("Malaria chemoprophylaxis on methotrexate?", "Atovaquone-proguanil is preferred for malaria prophylaxis in people taking methotrexate.", "Atovaquone-proguanil is preferred."),
    ("Dialysis catheter lock: heparin or citrate?", "Citrate 4% is suggested as catheter lock rather than heparin.", "Citrate 4% is suggested rather than heparin."),
    ("Septic shock, MAP goal?", "In septic shock the initial target for mean arterial pressure is 65 mmHg.", "The initial target for mean arterial pressure is 65 mmHg."),
    ("BCG in HIV-exposed infants: give or defer?", "BCG should be deferred in infants known to be infected with HIV.", "BCG should be deferred in infants known to be infected with HIV."),
    ("How long off work with shingles?", "People with shingles may return to work once all lesions have crusted.", "People with shingles may return to work once all lesions have crusted."),
    ("Paracetamol overdose: at what time is the level taken?", "The plasma paracetamol level is taken 4 hours after ingestion.", "The level is taken 4 hours after ingestion."),
    ("Ferrous sulfate: can it be alternate day?", "Iron can be taken on alternate days to improve tolerance.", "Iron can be taken on alternate days."),
    ("Digoxin in renal failure, adjust?", "The maintenance dose of digoxin should be reduced in renal failure.", "The maintenance dose of digoxin should be reduced in renal failure."),
    ("How do you treat a febrile convulsion lasting over 5 minutes?", "A convulsion lasting more than 5 minutes is treated with buccal midazolam or rectal diazepam.", "It is treated with buccal midazolam or rectal diazepam."),
    ("Rotavirus vaccine latest age?", "The last dose of rotavirus vaccine is given before 24 weeks of age.", "The last dose is given before 24 weeks of age."),
    ("Is there a benefit of steroids in flu pneumonia?", "Corticosteroids were associated with higher mortality in influenza pneumonia.", "Corticosteroids were associated with higher mortality in influenza pneumonia."),
    ("Pre-op fasting for clear fluids?", "Clear fluids are allowed until 2 hours before anaesthesia.", "Clear fluids are allowed until 2 hours before anaesthesia."),
    ("Gestational diabetes: glucose targets?", "Women with gestational diabetes should keep fasting glucose below 5.3 mmol/L.", "Fasting glucose should be below 5.3 mmol/L in women with gestational diabetes."),
    ("After how many negative smears may she leave isolation?", "Isolation ends after three negative sputum smears.", "Isolation ends after three negative sputum smears."),
    pytest.param("What is the advice on statins in dialysis based on?", "The recommendation not to start statins in dialysis patients rests on high-quality evidence from three randomised trials.", "It rests on high-quality evidence from three randomised trials.", marks=pytest.mark.xfail(strict=True, reason="\"not to\" is taken to negate the whole clause")),
    pytest.param("MMR age first dose?", "The first dose of measles-mumps-rubella vaccine is given at 12 months.", "The first dose is given at 12 months.", marks=pytest.mark.xfail(strict=True, reason="the vocabulary does not know the long name of MMR")),
    pytest.param("How many doses of rabies vaccine after a bite, unvaccinated?", "Unvaccinated people bitten by a suspect animal receive four doses on days 0, 3, 7 and 14.", "Four doses are given on days 0, 3, 7 and 14.", marks=pytest.mark.xfail(strict=True, reason="the sentence itself does not name the vaccine")),
    pytest.param("Wound closed 10 h ago, dirty, two tetanus shots as a child. Immunoglobulin too?", "Tetanus immunoglobulin is indicated for dirty wounds in people with fewer than three previous doses.", "Tetanus immunoglobulin is indicated for dirty wounds after fewer than three doses.", marks=pytest.mark.xfail(strict=True, reason="\"three previous doses\" is not read as doses")),
    pytest.param("What are the exclusion criteria for outpatient PE care?", "Patients with shock, hypoxia or active bleeding should not be managed as outpatients.", "Patients with shock, hypoxia or active bleeding are excluded from outpatient management.", marks=pytest.mark.xfail(strict=True, reason="\"should not be\" negates the conditions before it as well")),
    pytest.param("When is a statin pointless?", "Statins should not be started in people with a life expectancy under one year.", "Statins should not be started when life expectancy is under one year.", marks=pytest.mark.xfail(strict=True, reason="\"should not be\" negates the condition behind it as well")),
    pytest.param("Which anticoagulant in mechanical valves, and INR?", "Patients with mechanical valves need a vitamin K antagonist; DOACs are contraindicated.", "DOACs are contraindicated in patients with mechanical valves.", marks=pytest.mark.xfail(strict=True, reason="a denial behind a semicolon and before it: not told apart")),
    pytest.param("How often to turn an immobile patient?", "People at risk of pressure ulcers should be repositioned at least every 6 hours.", "People at risk should be repositioned at least every 6 hours.", marks=pytest.mark.xfail(strict=True, reason="turning and repositioning are not known as one")),
]  # fmt: skip
WRONG = [
    ("Rivaroxaban dose in AF with CrCl 40?", "Apixaban is given at 5 mg twice daily in atrial fibrillation.", "Apixaban is given at 5 mg twice daily."),
    ("What dose of montelukast for a 5-year-old?", "Children aged 2–5 years receive 4 mg; loratadine is given at 5 mg in children.", "Loratadine is given at 5 mg in children."),
    ("Starting dose of empagliflozin?", "Dapagliflozin is started at 10 mg once daily.", "Empagliflozin is started at 10 mg once daily."),
    ("Vancomycin trough target?", "Gentamicin troughs should be below 1 mg/L.", "Troughs should be below 1 mg/L."),
    ("Is clopidogrel contraindicated in active bleeding?", "Prasugrel is contraindicated in active bleeding.", "Clopidogrel is contraindicated in active bleeding."),
    ("Paracetamol dose for a 3-year-old?", "Adults may take paracetamol 1 g every 6 hours.", "Paracetamol 1 g every 6 hours may be taken."),
    ("Pregnant with malaria in the first trimester: how long is quinine given?", "Adults with uncomplicated malaria receive quinine for 7 days.", "Quinine is given for 7 days."),
    ("Neonate with sepsis: gentamicin interval?", "In adults gentamicin is given every 24 hours.", "Gentamicin is given every 24 hours."),
    ("Breastfeeding: codeine maximum?", "The maximum dose of codeine is 240 mg per day in adults.", "The maximum dose of codeine is 240 mg per day."),
    ("A 7-year-old with asthma: how many puffs of salbutamol?", "Adults take 4 puffs of salbutamol in an attack.", "In children, 4 puffs of salbutamol are taken."),
    ("HbA1c target in type 1 diabetes?", "In type 2 diabetes the HbA1c target is 7%.", "The HbA1c target is 7%."),
    ("Spironolactone in NYHA IV: what starting dose?", "In NYHA class II–III start spironolactone at 25 mg.", "Start spironolactone at 25 mg."),
    ("CKD 4: how often should potassium be checked?", "In CKD stage 3a potassium is checked every 12 months.", "Potassium is checked every 12 months."),
    ("Child-Pugh C: maximum dose of the drug?", "In Child-Pugh A the maximum dose is 40 mg.", "The maximum dose is 40 mg."),
    ("T1 tumour: surgical margin in cm?", "For T2 tumours a margin of 2 cm is recommended.", "A margin of 2 cm is recommended."),
    ("Hepatitis C exposure: when to test?", "After exposure to hepatitis B test at 6 weeks.", "Test at 6 weeks."),
    ("Grade 4 mucositis on chemo: how long to hold treatment?", "For grade 2 or 3 mucositis hold treatment for 7 days.", "Hold treatment for 7 days."),
    ("Latent TB: length of isoniazid?", "Active TB is treated with isoniazid for 6 months.", "Isoniazid is given for 6 months."),
    ("Primary prevention: LDL target?", "In secondary prevention the LDL target is below 1.4 mmol/L.", "The LDL target is below 1.4 mmol/L."),
    ("How many days of doxycycline for Lyme?", "Doxycycline is well absorbed by mouth.", "Doxycycline is well absorbed by mouth."),
    ("What is the maximum daily dose of ibuprofen?", "Ibuprofen should be taken with food.", "Ibuprofen should be taken with food."),
    ("How strong is the recommendation on probiotics?", "Probiotics are sold in capsules.", "Probiotics are sold in capsules."),
    ("At what INR may surgery go ahead?", "Surgery is planned by the surgeon and the anaesthetist.", "Surgery is planned by the surgeon and the anaesthetist."),
    ("How many nurses per shift on the dialysis unit?", "Dialysis takes 4 hours.", "Dialysis takes 4 hours."),
    ("What sensitivity does the rapid antigen test have for malaria?", "The rapid malaria test takes 15 minutes.", "The rapid malaria test takes 15 minutes."),
    ("Adrenaline dose in adult anaphylaxis?", "Adults should receive adrenaline 0.5 mg intramuscularly.", "Adults should receive adrenaline 5 mg intramuscularly."),
    ("Fluid bolus in septic shock?", "Give at least 30 mL/kg of crystalloid within 3 hours.", "Give at most 30 mL/kg of crystalloid within 3 hours."),
    ("Ceftriaxone for meningitis?", "Ceftriaxone 2 g is given every 12 hours for meningitis.", "Ceftriaxone 2 g is given every 24 hours for meningitis."),
    ("Magnesium in eclampsia: loading dose?", "Give a loading dose of 4 g of magnesium sulfate over 20 minutes.", "Give a loading dose of 4 mg of magnesium sulfate over 20 minutes."),
    ("Tapering prednisolone, what steps?", "Reduce prednisolone by 5 mg every week.", "Reduce prednisolone by 5 mg every day."),
    ("Vaccine interval for rabies?", "Rabies vaccine is given on days 0, 3, 7 and 14.", "Rabies vaccine is given on days 0, 3, 7 and 28."),
    ("Antibiotics for bronchitis?", "Antibiotics are not recommended for acute bronchitis.", "Antibiotics are recommended for acute bronchitis."),
    ("Can we give live vaccines on high-dose steroids?", "Live vaccines should not be given during high-dose steroid treatment.", "Live vaccines should be given during high-dose steroid treatment."),
    ("Metformin with contrast?", "Metformin need not be stopped before contrast when renal function is normal.", "Metformin must be stopped before contrast when renal function is normal."),
    ("Is aspirin withheld before dental work?", "Aspirin should be continued before dental work; it should not be withheld.", "Aspirin should be withheld before dental work."),
    ("Beta-blockers in acute decompensated failure?", "Beta-blockers should be started after stabilisation.", "Beta-blockers should be started before stabilisation."),
    ("Does tranexamic acid lower mortality in GI bleeding?", "Tranexamic acid did not reduce mortality in gastrointestinal bleeding.", "Tranexamic acid reduced mortality in gastrointestinal bleeding."),
    ("What is the recommended dose of lithium in bipolar disorder?", "Lithium is dosed by plasma level in bipolar disorder.", "The guideline gives the recommended dose of lithium in bipolar disorder."),
    ("Who should be screened for gestational diabetes?", "All pregnant women should be screened for gestational diabetes.", "Who should be screened for gestational diabetes?"),
    ("Naloxone kits: which patients should receive them?", "Patients on high doses should receive naloxone kits.", "Patients should receive naloxone kits."),
    ("CKD 3b and gout, allopurinol start?", "In CKD stage 5 start allopurinol at 50 mg daily.", "Start allopurinol at 50 mg daily."),
    ("Does T1 disease need chemo first?", "In T3 and T4 tumours chemotherapy precedes surgery.", "Chemotherapy precedes surgery."),
    ("Factor level for haemophilia B before surgery?", "In haemophilia A the level before surgery should be 80%.", "The level before surgery should be 80%."),
    ("IL-6 blocker in rheumatoid arthritis: dose?", "The IL-1 blocker is given at 100 mg.", "The dose is 100 mg."),
    ("Influenza B outbreak: duration of isolation?", "For influenza A isolate for 7 days.", "Isolate for 7 days."),
    ("ASA 4: fasting time?", "For ASA 1 and 2 fast for 6 hours.", "Fast for 6 hours."),
    ("Step 5 asthma: which add-on?", "At step 2 add a leukotriene antagonist.", "Add a leukotriene antagonist."),
    ("Which dose of naproxen, and for how many days?", "Naproxen can cause dyspepsia.", "Naproxen can cause dyspepsia."),
    ("Dose of levothyroxine after thyroidectomy?", "Levothyroxine is taken on an empty stomach.", "Levothyroxine is taken on an empty stomach."),
    ("How much potassium per litre at most?", "Potassium should be given by a pump.", "Potassium should be given by a pump."),
    ("What eGFR rules out gadolinium?", "Gadolinium is avoided above 100 kg.", "Gadolinium is avoided above 100 kg."),
    ("Blood transfusion: how many units per day may one nurse check?", "Check vital signs every 15 minutes.", "Check vital signs every 15 minutes."),
    ("Children with HIV: at what CD4 does ART begin?", "In adults ART begins below 350.", "ART begins below 350."),
    ("Start dose of ramipril?", "Ramipril is started at 2.5 mg daily.", "Ramipril is started at 25 mg daily."),
    ("Morphine PO to IV ratio?", "The oral to intravenous morphine ratio is 3:1.", "The oral to intravenous morphine ratio is 2:1."),
    ("Should steroids be given in cerebral malaria?", "Steroids should not be given in cerebral malaria.", "Steroids should be given in cerebral malaria."),
    ("Is fluconazole OK in the first trimester?", "Fluconazole should be avoided in the first trimester.", "Fluconazole can be used in the first trimester."),
    ("Strength of the advice on early mobilisation?", "Early mobilisation starts on day 1.", "Early mobilisation starts on day 1."),
    ("Insulin glargine starting units?", "Insulin detemir is started at 10 units.", "Insulin detemir is started at 10 units."),
    ("Ketamine dose for a 4-year-old?", "Adults receive ketamine 1 mg/kg.", "Ketamine 1 mg/kg is given."),
    ("Snake bite: how many vials of antivenom?", "Antivenom must be kept in the fridge.", "Antivenom must be kept in the fridge."),
    ("Who gets palivizumab?", "Nirsevimab is offered to all infants.", "Palivizumab is offered to all infants."),
    ("Vitamin D dose for infants?", "Infants receive 1 mg of vitamin K.", "Infants receive 1 mg of vitamin K."),
    ("Maximum lidocaine, mg/kg?", "Bupivacaine should not exceed 2 mg/kg.", "The maximum is 2 mg/kg."),
    ("Adrenaline in cardiac arrest, every how many minutes?", "Adrenaline 1 mg is repeated every 3–5 minutes.", "Adrenaline 1 mg is repeated every 3–5 hours."),
    ("When to clamp the cord?", "The cord should not be clamped earlier than 1 minute after birth.", "The cord should be clamped earlier than 1 minute after birth."),
    ("Labetalol dose in pre-eclampsia?", "Labetalol is given at 200 mg in hypertension of adults.", "Labetalol is given at 200 mg."),
    ("Insulin rate for a child in DKA?", "Adults receive insulin at 0.1 units/kg/hour.", "Insulin is given at 0.1 units/kg/hour."),
    ("What is the certainty of evidence for cooling newborns?", "Newborns are cooled to 33.5 °C for 72 hours.", "Newborns are cooled to 33.5 °C for 72 hours."),
    ("How long is oral vancomycin given for C. difficile?", "Intravenous vancomycin is given for 14 days in S. aureus bacteraemia.", "Vancomycin is given for 14 days."),
    ("PEP after hepatitis C exposure: within how many hours?", "After hepatitis B exposure vaccinate within 24 hours.", "Vaccinate within 24 hours."),
    ("WHO stage 4 HIV disease: start co-trimoxazole at which CD4?", "In WHO stage 1 disease co-trimoxazole starts at a CD4 count below 350.", "Co-trimoxazole starts below 350."),
    ("Does cooling reduce death?", "Cooling reduced death in newborns with encephalopathy.", "Cooling increased death in newborns with encephalopathy."),
    ("HbA1c goal in frail patients?", "An HbA1c below 8.5% is reasonable in frail older adults.", "An HbA1c above 8.5% is reasonable in frail older adults."),
    ("Permethrin: when to repeat?", "Permethrin is repeated after 7 days.", "Ivermectin is repeated after 7 days."),
    ("Mild dehydration: ORS volume per kg?", "ORS tastes salty and should be given slowly.", "ORS should be given slowly."),
    ("Tetanus immunoglobulin dose?", "The guideline covers tetanus immunoglobulin and its dose.", "The guideline covers the dose of tetanus immunoglobulin."),
    ("How many stool samples per patient for parasites?", "Stool is a yellow fluid.", "Stool samples are taken for parasites."),
    ("HFpEF: which drug at what dose?", "In HFrEF bisoprolol is started at 1.25 mg.", "Bisoprolol is started at 1.25 mg."),
    ("LDL target after a heart attack?", "Triglycerides should be below 1.7 mmol/L.", "LDL cholesterol should be below 1.7 mmol/L."),
    ("Oxytocin after delivery, how much?", "Carbetocin 100 mcg is given after caesarean section.", "Carbetocin 100 mcg is given."),
    ("Quetiapine maximum in mania?", "Olanzapine is increased to 20 mg per day.", "The maximum is 20 mg per day."),
    ("Fever in a 5-week-old: antibiotic dose?", "Adults with fever receive ceftriaxone 2 g.", "Ceftriaxone 2 g is given."),
    ("How long till driving after a first seizure?", "Patients may drive again 6 months after a first seizure.", "Patients may drive again 6 weeks after a first seizure."),
    ("Early feeding in pancreatitis?", "Oral feeding within 24 hours is recommended.", "Oral feeding within 24 hours is not recommended."),
    ("How strong is the advice on stockings?", "Stockings are worn for 2 years.", "Stockings are worn for 2 years."),
    ("Parkland volume per kg?", "The formula gives 4 mL/kg per percent burned.", "The formula gives 4 mL per percent burned."),
    ("GOLD group E: first inhaler dose?", "In GOLD group A give one puff.", "Give one puff."),
    ("CKD G5: erythropoietin at which haemoglobin?", "In CKD G3a erythropoietin starts below 9 g/dL haemoglobin.", "Erythropoietin starts below 9 g/dL."),
    ("Statin in a frail patient?", "Statins should not be started in frail patients.", "Statins should be started in frail patients."),
    ("What is the dose of oxytocin?", "The dose of oxytocin is given in the annex.", "The guideline states the dose of oxytocin."),
    ("Which drug prevents migraine?", "Propranolol prevents migraine.", "Topiramate prevents migraine."),
    ("Hb threshold in CKD?", "Erythropoietin is started when haemoglobin is below 10 g/dL.", "Erythropoietin is started when haemoglobin is above 10 g/dL."),
    ("Naloxone infusion dose?", "Naloxone wears off before methadone.", "Naloxone wears off before methadone."),
    ("Compression stockings after stroke?", "Stockings should be removed daily.", "Stockings should be removed weekly."),
    ("Flucloxacillin in cellulitis: how long?", "Doxycycline is given for 5 days in cellulitis.", "Flucloxacillin is given for 5 days."),
    ("Anaemia in pregnancy: iron dose?", "Men with anaemia take 100 mg of iron.", "Take 100 mg of iron."),
    ("Type 1 respiratory failure: target saturation?", "In type 2 respiratory failure aim for 88–92% saturation.", "Aim for 88–92% saturation."),
    ("Metoclopramide limit?", "Domperidone should not be used for more than 7 days.", "It should not be used for more than 7 days."),
    ("Septic shock, MAP goal?", "The target for mean arterial pressure is 65 mmHg.", "The target for mean arterial pressure is 65 cmH2O."),
    ("Rotavirus vaccine latest age in weeks?", "Rotavirus vaccine is given by mouth.", "Rotavirus vaccine is given by mouth."),
    ("DOAC in mechanical valve?", "DOACs are contraindicated with mechanical valves.", "DOACs are indicated with mechanical valves."),
    ("Digoxin loading dose?", "Digoxin should be reduced in renal failure.", "Digoxin should be reduced in renal failure."),
    ("Gestational diabetes: fasting glucose target?", "In type 2 diabetes fasting glucose is kept below 7 mmol/L.", "Fasting glucose is kept below 7 mmol/L."),
    ("GOLD 4: oxygen threshold?", "In GOLD 1 and 2 the threshold is 88%.", "The threshold is 88%."),
    ("Budesonide ceiling at age 8?", "In adults the maximum of budesonide is 1600 mcg daily.", "The maximum of budesonide is 1600 mcg daily."),
    ("How many negative smears before leaving isolation?", "Isolation rooms have negative pressure.", "Isolation rooms have negative pressure."),
    ("Midazolam dose for a convulsing toddler?", "Diazepam 5 mg is given rectally to toddlers.", "Diazepam 5 mg is given rectally to toddlers."),
    ("Allopurinol in acute gout: stop?", "Allopurinol should be continued during an acute attack of gout.", "Allopurinol should be stopped during an acute attack of gout."),
    ("SGLT2 inhibitor before surgery: how many days?", "Metformin is stopped 2 days before surgery.", "It is stopped 2 days before surgery."),
]  # fmt: skip


class _Unused:
    id = "unused"

    def judge(self, evidence: Sequence[Sequence[str]], claims: Sequence[str]) -> list[Judgement]:
        raise NotImplementedError


RULES = [
    check
    for name, check in make_checks(_Unused(), VerificationSettings()).items()
    if name not in ("support", "answers", "quote_exists")
]


def faults(given: CheckInput) -> list[tuple[str, str]]:
    return [(check.name, result.detail) for check in RULES if not (result := check(given)).passed]


@pytest.mark.parametrize(("question", "quote", "claim"), RIGHT)
def test_what_is_right_passes(given: Build, question: str, quote: str, claim: str) -> None:
    """But for "statement", which asks for the sentence's own words and is counted below."""
    title = _TITLES.get(question, "A guide")
    found = faults(given(claim, quote, question=question, title=title))
    assert [fault for fault in found if fault[0] != "statement"] == []


_IN_ITS_WORDS = 60
"""Of the right claims, so many or more pass "statement". The others leave out a condition, which a question may have told in other words,
or say the sentence in their own; they are told in the words of their quote instead (``rag/verify/ladder.py``)."""


def test_most_right_claims_are_the_sentence_or_can_be_told_in_its_words(given: Build) -> None:
    rows = [row.values if hasattr(row, "values") else row for row in RIGHT]
    cases = [given(c, q, question=asked, title=_TITLES.get(asked, "A guide")) for asked, q, c in rows]
    passed = sum("statement" not in dict(faults(case)) for case in cases)
    assert passed >= _IN_ITS_WORDS, f"{passed} of {len(rows)}"


@pytest.mark.parametrize(("question", "quote", "claim"), WRONG)
def test_what_is_wrong_does_not(given: Build, question: str, quote: str, claim: str) -> None:
    assert faults(given(claim, quote, question=question)) != []
